package cli

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"text/template"
	"unicode"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/corpusmill/corpusmill/run"
)

// kubernetes is what the launcher of Kubernetes is told beside.
type kubernetes struct {
	image, namespace, queue, account, secret, disk string
	tries                                          int

	app *run.App
}

func (k *kubernetes) launcher(p *program) launcher {
	k.app = p.app
	return launcher{
		use: "k8s PIPELINE", short: "An Indexed Job of Kubernetes",
		long: `Prints a ConfigMap with the pipeline and an Indexed Job, as kubectl apply takes
them; --submit applies them. Every pod is a worker: it takes work from the run
folder until the run is whole, and the first that sees this completes the Job
(successPolicy: Kubernetes 1.33). A pod that is evicted is no failure; one that
fails, or finds nothing to do for a while, is tried again; a mistake in the
pipeline fails the Job.

--queue is the local queue of Kueue, which then says when the Job begins.
--secret is a Secret whose keys are variables of the workers, such as
AWS_ACCESS_KEY_ID; on a cloud rather let --service-account have the rights.`,
		flags: func(c *cobra.Command) {
			fl := c.Flags()
			fl.StringVar(&k.image, "image", "", "image that has the program corpusmill (printed default\ncorpusmill:VERSION; nobody publishes one: make it with\ndeploy/kubernetes/Dockerfile)")
			fl.StringVar(&k.namespace, "namespace", "", "namespace (default that of kubectl)")
			fl.StringVar(&k.queue, "queue", "", "local queue of Kueue")
			fl.StringVar(&k.account, "service-account", "", "ServiceAccount of the pods")
			fl.StringVar(&k.secret, "secret", "", "Secret whose keys are variables of the workers")
			fl.StringVar(&k.disk, "disk", "50Gi", "room for spilled sorts of each worker")
			fl.IntVar(&k.tries, "retries", 10, "failures of a worker that are tried again")
		},
		script:  k.script,
		command: []string{"kubectl", "apply", "-f", "-"},
	}
}

// configMapMax is what a ConfigMap holds, with room for its names.
const configMapMax = 1000 << 10

// pipelineAt is where a pod finds its pipeline.
const pipelineAt = "/etc/corpusmill/pipeline.yaml"

func (k *kubernetes) script(l *launch) (string, error) {
	src, err := l.source(k.app)
	switch {
	case err != nil:
		return "", err
	case k.image == "" && l.submit:
		return "", errors.New("--image names the image that has the program; deploy/kubernetes/Dockerfile makes one")
	case len(src) > configMapMax:
		return "", fmt.Errorf("%s has %d bytes: a ConfigMap holds %d", l.pipeline, len(src), configMapMax)
	case k.tries < 0:
		return "", errors.New("--retries must not be negative")
	case !utf8.Valid(src):
		return "", fmt.Errorf("%s is no UTF-8", l.pipeline)
	case !strings.Contains(l.dir, "://") && !strings.HasPrefix(l.dir, "/"):
		return "", fmt.Errorf("--run %s: pods need s3://bucket/prefix, or a path that is mounted in all of them", l.dir)
	}
	var b strings.Builder
	err = jobTemplate.Execute(&b, jobValues{Name: l.name, Namespace: k.namespace, Queue: k.queue, Account: k.account, Secret: k.secret, Image: cmp.Or(k.image, "corpusmill:"+k.app.Version),
		Disk: k.disk, Tries: k.tries, Workers: l.workers, CPUs: strconv.Itoa(l.cpus), Memory: fmt.Sprintf("%dMi", l.bytes>>20),
		Pipeline: string(src), Args: l.words(pipelineAt)})
	return b.String(), err
}

// jobValues are what differs between two Jobs.
type jobValues struct {
	Name, Namespace, Queue, Account, Secret, Image, Disk string
	Tries, Workers                                       int
	CPUs, Memory                                         string
	Pipeline                                             string
	Args                                                 []string
}

// yamlString is a string as YAML has it: JSON is YAML.
func yamlString(s string) (string, error) {
	b, err := json.Marshal(s)
	return string(b), err
}

// yamlBlock is a text as a literal block below a key that is indented by two, or a string
// where it has characters that a block cannot.
func yamlBlock(s string) (string, error) {
	if s == "" || strings.IndexFunc(s, func(r rune) bool { return r != '\n' && r != '\t' && (!unicode.IsPrint(r) && r != ' ' || r == '\ufeff') }) >= 0 {
		return yamlString(s)
	}
	var b strings.Builder
	b.WriteString("|2+\n")
	if !strings.HasSuffix(s, "\n") {
		b.Reset()
		b.WriteString("|2-\n")
	}
	for line := range strings.Lines(s) {
		if line != "\n" {
			b.WriteString("    ")
		}
		b.WriteString(line)
	}
	return strings.TrimSuffix(b.String(), "\n"), nil
}

var jobTemplate = template.Must(template.New("job").Funcs(template.FuncMap{"string": yamlString, "literal": yamlBlock}).Parse(`apiVersion: v1
kind: ConfigMap
metadata:
  name: {{string .Name}}
{{- with .Namespace}}
  namespace: {{string .}}
{{- end}}
  labels:
    app.kubernetes.io/name: corpusmill
data:
  pipeline.yaml: {{literal .Pipeline}}
---
apiVersion: batch/v1
kind: Job
metadata:
  name: {{string .Name}}
{{- with .Namespace}}
  namespace: {{string .}}
{{- end}}
  labels:
    app.kubernetes.io/name: corpusmill
{{- with .Queue}}
    kueue.x-k8s.io/queue-name: {{string .}}
{{- end}}
spec:
{{- if .Queue}}
  suspend: true
{{- end}}
  completionMode: Indexed
  completions: {{.Workers}}
  parallelism: {{.Workers}}
  backoffLimitPerIndex: {{.Tries}}
  successPolicy:
    rules:
      - succeededCount: 1
  podFailurePolicy:
    rules:
      - action: Ignore
        onPodConditions:
          - type: DisruptionTarget
            status: "True"
      - action: FailJob
        onExitCodes:
          containerName: worker
          operator: In
          values: [2]
  template:
    metadata:
      labels:
        app.kubernetes.io/name: corpusmill
    spec:
      restartPolicy: Never
      terminationGracePeriodSeconds: 60
{{- with .Account}}
      serviceAccountName: {{string .}}
{{- end}}
      containers:
        - name: worker
          image: {{string .Image}}
          command: [corpusmill]
          args:
{{- range .Args}}
            - {{string .}}
{{- end}}
          env:
            - name: JOB_COMPLETIONS
              value: "{{.Workers}}"
            - name: TMPDIR
              value: /scratch
{{- with .Secret}}
          envFrom:
            - secretRef:
                name: {{string .}}
{{- end}}
          resources:
            requests:
              cpu: "{{.CPUs}}"
              memory: {{.Memory}}
              ephemeral-storage: {{string .Disk}}
            limits:
              memory: {{.Memory}}
              ephemeral-storage: {{string .Disk}}
          volumeMounts:
            - name: pipeline
              mountPath: /etc/corpusmill
              readOnly: true
            - name: scratch
              mountPath: /scratch
      volumes:
        - name: pipeline
          configMap:
            name: {{string .Name}}
        - name: scratch
          emptyDir:
            sizeLimit: {{string .Disk}}
`))
