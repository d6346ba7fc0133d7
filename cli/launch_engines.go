package cli

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
)

// ray is what the launcher of Ray is told beside.
type ray struct {
	address, python string
	pip             []string
	retries         int
}

func (r *ray) launcher() launcher {
	return launcher{
		use: "ray PIPELINE", short: "A job of Ray",
		long: `Prints two lines: one writes the plan into the run folder, from here, and the
other submits a job that hands the keys of its tasks to Ray; --submit runs them.
Ray places the tasks, retries those whose node is lost and asks for more nodes,
--workers of them at once at most. The nodes need the Python package corpusmill,
in their image or by --pip.`,
		flags: func(c *cobra.Command) {
			fl := c.Flags()
			fl.StringVar(&r.address, "address", "", "address of the cluster's dashboard (default RAY_ADDRESS)")
			fl.StringVar(&r.python, "python", "python3", "Python of the job")
			fl.StringArrayVar(&r.pip, "pip", nil, "package of the job's runtime environment, such as a wheel's address (repeatable)")
			fl.IntVar(&r.retries, "retries", 5, "failures of a task that are tried again")
		},
		script:  r.script,
		command: []string{"sh"},
	}
}

// plan is the line that writes the plan.
func (l *launch) plan() string {
	w := []string{"corpusmill", "tasks", l.pipeline, "--run", l.dir}
	for _, s := range l.sets {
		w = append(w, "--set", s)
	}
	return shell(w...) + " >/dev/null"
}

// module are the words of a Python module that hands out keys.
func (l *launch) module(retries int) []string {
	w := []string{l.dir, "--cpus", strconv.Itoa(l.cpus), "--memory", mebi(l.bytes), "--workers", strconv.Itoa(l.workers)}
	if retries >= 0 {
		w = append(w, "--retries", strconv.Itoa(retries))
	}
	return w
}

func (r *ray) script(l *launch) (string, error) {
	if r.retries < 0 {
		return "", fmt.Errorf("--retries must not be negative")
	}
	w := []string{"ray", "job", "submit", "--no-wait", "--metadata-json", fmt.Sprintf(`{"name":%q}`, l.name)}
	if r.address != "" {
		w = append(w, "--address", r.address)
	}
	if len(r.pip) > 0 {
		env, err := json.Marshal(struct {
			Pip []string `json:"pip"`
		}{r.pip})
		if err != nil {
			return "", err
		}
		w = append(w, "--runtime-env-json", string(env))
	}
	w = append(append(w, "--", r.python, "-m", "corpusmill.ray"), l.module(r.retries)...)
	return "set -e\n" + l.plan() + "\n" + shell(w...) + "\n", nil
}

// spark is what the launcher of Spark is told beside.
type spark struct {
	master, python string
	conf           []string
	retries        int
	ship           bool
}

func (s *spark) launcher() launcher {
	return launcher{
		use: "spark PIPELINE", short: "An application of Spark",
		long: `Prints two lines: one writes the plan into the run folder, from here, and the
other submits an application that hands the keys of its tasks to Spark; --submit
runs them. Spark places the tasks, and retries those whose executor is lost, of
which there are --workers. The executors need the Python package corpusmill, or
with --ship get the program from here. The memory is their overhead: the tasks
run beside the JVM.`,
		flags: func(c *cobra.Command) {
			fl := c.Flags()
			fl.StringVar(&s.master, "master", "", "master of the cluster (default spark-defaults.conf)")
			fl.StringVar(&s.python, "python", "python3", "Python here, which has the package corpusmill")
			fl.StringArrayVar(&s.conf, "conf", nil, "one more setting, such as spark.yarn.queue=low (repeatable)")
			fl.IntVar(&s.retries, "retries", 5, "failures of a task that are tried again")
			fl.BoolVar(&s.ship, "ship", false, "send the program to the executors")
		},
		script:  s.script,
		command: []string{"sh"},
	}
}

func (s *spark) script(l *launch) (string, error) {
	if s.retries < 0 {
		return "", fmt.Errorf("--retries must not be negative")
	}
	w := []string{"spark-submit", "--name", l.name}
	if s.master != "" {
		w = append(w, "--master", s.master)
	}
	w = append(w, "--num-executors", strconv.Itoa(l.workers), "--executor-cores", strconv.Itoa(l.cpus), "--executor-memory", "1g",
		"--conf", fmt.Sprintf("spark.executor.memoryOverhead=%dm", l.bytes>>20),
		"--conf", "spark.task.cpus="+strconv.Itoa(l.cpus), "--conf", "spark.task.maxFailures="+strconv.Itoa(s.retries+1))
	for _, c := range s.conf {
		w = append(w, "--conf", c)
	}
	ask := func(what string) string {
		return ` "$(` + shell(s.python, "-m", "corpusmill", "where", what) + `)"`
	}
	line := shell(w...)
	if s.ship {
		line += " --files" + ask("program")
	}
	line += ask("spark") + " " + shell(l.module(-1)...)
	return strings.Join([]string{"set -e", l.plan(), line, ""}, "\n"), nil
}
