package cli_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill"
	"github.com/corpusmill/corpusmill/cli"
)

var update = flag.Bool("update", false, "write what launchers print to the files that they are compared with")

// What launchers print stands in deploy as examples and in testdata with all flags; the
// module deploy/testdata/k8stest reads the manifests as Kubernetes does.
func TestLaunchPrints(t *testing.T) {
	pipeline := filepath.Join(t.TempDir(), "odd.yaml")
	odd := "name: Odd -- NAME with_a long tail that no label of Kubernetes takes whole\nsource: { jsonl: { paths: [\"s3://b/${DAY:-x}/*.jsonl\"] } }\n\n  # it's 100 % \"odd\"\nstages: []\nsink: { jsonl: {} }"
	if err := os.WriteFile(pipeline, []byte(odd), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ file, args string }{
		{"../deploy/slurm/submit.sh", "slurm fineweb --run s3://bucket/runs/fineweb --workers 100"},
		{"../deploy/kubernetes/job.yaml", "k8s fineweb --run s3://bucket/runs/fineweb --workers 100 --image registry.example/corpusmill:1"},
		{"../deploy/ray/submit.sh", "ray fineweb --run s3://bucket/runs/fineweb --workers 100"},
		{"../deploy/spark/submit.sh", "spark fineweb --run s3://bucket/runs/fineweb --workers 100"},
		{"testdata/launch/slurm.sh", "slurm PIPELINE --run /mnt/it's~here --workers 2500 --cpus 16 --memory 64GiB --time 90m --partition cpu --account me --sbatch --qos=low" +
			" --setup module~load~corpusmill --name one --exit-when-idle 1h --set seed=3"},
		{"testdata/launch/k8s.yaml", "k8s PIPELINE --run s3://b/r --workers 3 --cpus 2 --memory 4GiB --image i --namespace n --queue q --service-account s --secret k --disk 1Ti --retries 0" +
			" --exit-when-idle 90s --set seed=3"},
		{"testdata/launch/ray.sh", "ray PIPELINE --run s3://b/r --workers 1 --address http://head:8265 --pip corpusmill --pip https://x.example/w.whl --python python3.12 --retries 0"},
		{"testdata/launch/spark.sh", "spark PIPELINE --run s3://b/r --workers 1 --master yarn --conf spark.yarn.queue=low --conf a=b~c --ship --retries 0 --set stages=[]"},
	} {
		args := []string{"launch"}
		for word := range strings.FieldsSeq(c.args) {
			args = append(args, strings.ReplaceAll(strings.ReplaceAll(word, "PIPELINE", pipeline), "~", " "))
		}
		var out, stderr bytes.Buffer
		if code := cli.Run(t.Context(), corpusmill.App(), args, nil, &out, &stderr); code != 0 {
			t.Errorf("%s: exit code %d: %s", c.args, code, stderr.String())
			continue
		}
		got := bytes.ReplaceAll(out.Bytes(), []byte(pipeline), []byte("odd.yaml"))
		if *update {
			if err := os.WriteFile(c.file, got, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(c.file)
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: %v; go test ./cli -run Launch -update writes it. It prints\n%s", c.file, err, got)
		}
	}
}

func TestLaunchRefuses(t *testing.T) {
	for args, want := range map[string]string{
		"":                                                  "want slurm, k8s, ray or spark",
		"flink fineweb":                                     "want slurm, k8s, ray or spark",
		"slurm fineweb":                                     "--run names",
		"slurm nothing --run R":                             "nothing",
		"slurm --run R":                                     "PIPELINE",
		"slurm fineweb --run R --workers 0":                 "--workers 0: want 1 to 100000",
		"slurm fineweb --run R --workers 100001":            "--workers 100001",
		"slurm fineweb --run R --cpus 0":                    "--cpus 0",
		"slurm fineweb --run R --memory 1000MiB":            "at least 1GiB",
		"slurm fineweb --run R --memory much":               "--memory",
		"slurm fineweb --run R --name A_b":                  "such as a-b",
		"slurm fineweb --run R --exit-when-idle 900ms":      "at least 1s",
		"slurm fineweb --run R --time 59s":                  "--time",
		"slurm fineweb --run R --array-max 0":               "--array-max",
		"slurm fineweb --run R --set stages.no.such=1":      "no",
		"k8s fineweb --run s3://b/r --submit":               "--image",
		"k8s fineweb --run runs/r --image i":                "mounted in all of them",
		"k8s fineweb --run s3://b/r --image i --retries -1": "--retries",
		"ray fineweb --run R --retries -1":                  "--retries",
		"spark fineweb --run R --retries -1":                "--retries",
	} {
		var out, stderr bytes.Buffer
		code := cli.Run(t.Context(), corpusmill.App(), append([]string{"launch"}, strings.Fields(args)...), nil, &out, &stderr)
		if code != 2 || !strings.Contains(stderr.String(), want) || out.Len() > 0 {
			t.Errorf("%s: exit code %d, %s", args, code, stderr.String())
		}
	}
	var printed, told bytes.Buffer
	if code := cli.Run(t.Context(), corpusmill.App(), strings.Fields("launch k8s fineweb --run s3://b/r"), nil, &printed, &told); code != 0 ||
		!strings.Contains(printed.String(), `image: "corpusmill:`+corpusmill.Version+`"`) {
		t.Errorf("without --image: exit code %d, %s%s", code, told.String(), printed.String())
	}
	for args, fine := range map[string]bool{"--workers 1": true, "--workers 100000": true, "--memory 1GiB": true, "--cpus 1": true, "--exit-when-idle 1s": true, "--time 1m": true} {
		var out, stderr bytes.Buffer
		if code := cli.Run(t.Context(), corpusmill.App(), append([]string{"launch", "slurm", "fineweb", "--run", "R"}, strings.Fields(args)...), nil, &out, &stderr); code != 0 || !fine {
			t.Errorf("%s: exit code %d, %s", args, code, stderr.String())
		}
	}
}

// A setup line or an option of sbatch that is two would be a command of its own.
func TestLaunchLines(t *testing.T) {
	for _, flag := range []string{"--setup", "--sbatch"} {
		var out, stderr bytes.Buffer
		code := cli.Run(t.Context(), corpusmill.App(), []string{"launch", "slurm", "fineweb", "--run", "R", flag, "a\nb"}, nil, &out, &stderr)
		if code != 2 || !strings.Contains(stderr.String(), "a line each") {
			t.Errorf("%s: exit code %d, %s", flag, code, stderr.String())
		}
	}
}
