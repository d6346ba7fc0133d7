// Package k8stest reads the manifests of this repository as Kubernetes does: every field must
// be one that the API knows. It is a module of its own: the program has no library of
// Kubernetes.
package k8stest

import (
	"os"
	"slices"
	"strings"
	"testing"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation"
	"sigs.k8s.io/json"
	"sigs.k8s.io/yaml"
)

// documents are the parts of a file of YAML, as JSON.
func documents(t *testing.T, file string) (list [][]byte) {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for part := range strings.SplitSeq(string(b), "\n---\n") {
		j, err := yaml.YAMLToJSONStrict([]byte(part))
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		list = append(list, j)
	}
	return list
}

// decode is what the API server's strict decoding is: unknown, doubled and wrongly spelt
// fields are errors.
func decode(t *testing.T, j []byte, into any) {
	t.Helper()
	strict, err := json.UnmarshalStrict(j, into)
	if err != nil || len(strict) > 0 {
		t.Fatalf("%v %v", err, strict)
	}
}

func TestStrict(t *testing.T) {
	for _, bad := range []string{`{"spec":{"Completions":1}}`, `{"spec":{"completion":1}}`, `{"spec":{"completions":1,"completions":2}}`, `{"spec":{"completions":"1"}}`} {
		if strict, err := json.UnmarshalStrict([]byte(bad), &batchv1.Job{}); err == nil && len(strict) == 0 {
			t.Errorf("taken: %s", bad)
		}
	}
}

func TestJobs(t *testing.T) {
	const all = "../../../cli/testdata/launch/k8s.yaml"
	for _, file := range []string{"../../kubernetes/job.yaml", all} {
		docs := documents(t, file)
		if len(docs) != 2 {
			t.Fatalf("%s: %d documents", file, len(docs))
		}
		var m corev1.ConfigMap
		decode(t, docs[0], &m)
		var j batchv1.Job
		decode(t, docs[1], &j)
		checkJob(t, &m, &j)
		pod := j.Spec.Template.Spec
		if file != all {
			continue
		}
		if j.Namespace != "n" || j.Labels["kueue.x-k8s.io/queue-name"] != "q" || j.Spec.Suspend == nil || !*j.Spec.Suspend ||
			pod.ServiceAccountName != "s" || pod.Containers[0].EnvFrom[0].SecretRef.Name != "k" || *j.Spec.BackoffLimitPerIndex != 0 {
			t.Errorf("%s: a flag is not where Kubernetes looks for it: %+v", file, j)
		}
		want := "name: Odd -- NAME with_a long tail that no label of Kubernetes takes whole\nsource: { jsonl: { paths: [\"s3://b/${DAY:-x}/*.jsonl\"] } }\n\n  # it's 100 % \"odd\"\nstages: []\nsink: { jsonl: {} }"
		if got := m.Data["pipeline.yaml"]; got != want {
			t.Errorf("the pipeline came through as %q", got)
		}
	}
}

// checkJob are rules of the API server for such a Job, which types do not hold.
func checkJob(t *testing.T, m *corev1.ConfigMap, j *batchv1.Job) {
	t.Helper()
	s, pod := j.Spec, j.Spec.Template.Spec
	worker := pod.Containers[0]
	if m.APIVersion != "v1" || m.Kind != "ConfigMap" || j.APIVersion != "batch/v1" || j.Kind != "Job" {
		t.Error("kinds")
	}
	for _, name := range []string{m.Name, j.Name} { // pods are called <name>-<index>-<5 characters>
		if problems := validation.IsDNS1123Label(name + "-99999-abcde"); problems != nil {
			t.Errorf("%s: %v", name, problems)
		}
	}
	if *s.CompletionMode != batchv1.IndexedCompletion || *s.Completions != *s.Parallelism || *s.Completions < 1 || *s.Completions > 100_000 || *s.BackoffLimitPerIndex < 0 {
		t.Errorf("%+v", s)
	}
	if pod.RestartPolicy != corev1.RestartPolicyNever { // a podFailurePolicy wants it
		t.Error(pod.RestartPolicy)
	}
	if r := s.SuccessPolicy.Rules; len(r) != 1 || *r[0].SucceededCount != 1 {
		t.Errorf("%+v", r)
	}
	for _, r := range s.PodFailurePolicy.Rules {
		if (r.OnExitCodes == nil) == (len(r.OnPodConditions) == 0) {
			t.Errorf("a rule asks for exit codes or conditions: %+v", r)
		}
		if e := r.OnExitCodes; e != nil && (*e.ContainerName != worker.Name || slices.Contains(e.Values, 0) || e.Operator != corev1Operator) {
			t.Errorf("%+v", e)
		}
	}
	volumes := map[string]bool{}
	for _, v := range pod.Volumes {
		volumes[v.Name] = true
		if c := v.ConfigMap; c != nil && c.Name != m.Name {
			t.Errorf("volume of %s, the ConfigMap is %s", c.Name, m.Name)
		}
	}
	for _, at := range worker.VolumeMounts {
		if !volumes[at.Name] {
			t.Errorf("no volume %s", at.Name)
		}
	}
	for name, limit := range worker.Resources.Limits {
		if request := worker.Resources.Requests[name]; request.Cmp(limit) > 0 || limit.Sign() <= 0 {
			t.Errorf("%s: %s of %s", name, request.String(), limit.String())
		}
	}
	if worker.Resources.Requests.Cpu().Sign() <= 0 || worker.Args[1] != worker.VolumeMounts[0].MountPath+"/pipeline.yaml" {
		t.Errorf("%+v", worker)
	}
}

const corev1Operator = batchv1.PodFailurePolicyOnExitCodesOpIn

// The containers of the Argo example are those of Kubernetes; what is Argo's about it is read
// as YAML alone.
func TestArgo(t *testing.T) {
	docs := documents(t, "../../argo/cron-workflow.yaml")
	var w struct {
		APIVersion, Kind string
		Metadata         struct{ Name string }
		Spec             struct {
			Schedules                   []string
			Timezone, ConcurrencyPolicy string
			StartingDeadlineSeconds     int
			WorkflowSpec                struct {
				Entrypoint, ServiceAccountName string
				TTLStrategy                    struct{ SecondsAfterCompletion int }
				Volumes                        []corev1.Volume
				Templates                      []struct {
					Name        string
					Parallelism int
					Steps       [][]struct {
						Name, Template string
						WithSequence   struct{ Count string }
					}
					RetryStrategy struct {
						Limit, RetryPolicy, Expression string
						Backoff                        struct{ Duration, Factor, MaxDuration string }
					}
					Container *corev1.Container
				}
			}
		}
	}
	if err := yaml.UnmarshalStrict(docs[0], &w); err != nil || len(docs) != 1 { // names of Argo are told without case here
		t.Fatal(err)
	}
	s := w.Spec.WorkflowSpec
	names := map[string]bool{}
	for _, x := range s.Templates {
		names[x.Name] = true
		if x.Container == nil {
			continue
		}
		if len(x.Container.Command) == 0 || len(x.Container.VolumeMounts) != 1 || x.Container.VolumeMounts[0].Name != s.Volumes[0].Name {
			t.Errorf("%+v", x.Container)
		}
	}
	if w.Kind != "CronWorkflow" || len(w.Spec.Schedules) != 1 || !names[s.Entrypoint] || !names[s.Templates[0].Steps[0][0].Template] {
		t.Errorf("%+v", w)
	}
}
