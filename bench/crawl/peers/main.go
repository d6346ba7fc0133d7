// Command peers crawls the same web with corpusmill, Scrapy, a plain colly program and wget,
// in turns: pages per second of CPU, and memory, also with a million addresses waiting.
//
//	peers [-corpusmill FILE] [-python FILE] [-rounds 3] [-pages 400] [-queue 1000000] [-only NAMES]
//
// The web is in a process of its own, which counts what it served: a round in which a
// program did not ask for exactly the pages that there are fails. What is not installed is
// left out with a word. -queue 0 leaves the second part out, -rounds 0 the first. It runs on
// Linux.
package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

func main() {
	var o options
	flag.StringVar(&o.corpusmill, "corpusmill", "", "program to measure; default: built from this checkout")
	flag.StringVar(&o.python, "python", "python3", "Python with scrapy")
	flag.IntVar(&o.rounds, "rounds", 3, "rounds of the web of pages")
	flag.IntVar(&o.pages, "pages", 400, "pages of each of the 25 hosts")
	flag.IntVar(&o.queue, "queue", 1_000_000, "addresses that wait in the second part")
	flag.StringVar(&o.only, "only", "", "names of the programs to run, with commas; default: all")
	flag.Parse()
	var err error
	switch flag.Arg(0) {
	case "serve":
		err = serve(o.pages, os.Stdin, os.Stdout)
	case "colly":
		err = crawlWithColly(flag.Args()[1:])
	default:
		err = measure(context.Background(), &o)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "peers:", err)
		os.Exit(1)
	}
}

type options struct {
	corpusmill, python, only string
	rounds, pages, queue     int
	self, temp               string
}

// A task is what every program is told to do.
type task struct {
	seeds []string
	// queue addresses that wait end the crawl, 0 never. They wait when so many pages of so
	// many bytes each are fetched.
	queue, pages int
	bytes        int64
	dir          string
}

// A cost is what a process took.
type cost struct {
	cpu, wall time.Duration
	rss       int64 // bytes
	pages     int   // that the web served
}

func measure(ctx context.Context, o *options) error {
	var err error
	if o.self, err = os.Executable(); err != nil {
		return err
	}
	if o.temp, err = os.MkdirTemp("", "peers-*"); err != nil {
		return err
	}
	defer os.RemoveAll(o.temp)
	if o.corpusmill == "" {
		o.corpusmill = filepath.Join(o.temp, "corpusmill")
		if out, err := exec.CommandContext(ctx, "go", "build", "-o", o.corpusmill, "./cmd/corpusmill").CombinedOutput(); err != nil {
			return fmt.Errorf("build corpusmill: %w\n%s", err, out)
		}
	}
	for _, file := range []*string{&o.corpusmill, &o.python} { // programs run in folders of their own
		found, err := exec.LookPath(*file)
		if err != nil {
			continue // it says so when it is to run
		}
		if *file, err = filepath.Abs(found); err != nil {
			return err
		}
	}
	w, err := startWeb(ctx, o)
	if err != nil {
		return err
	}
	defer w.stop()
	list := slices.DeleteFunc(programs(ctx, o), func(p program) bool {
		return o.only != "" && !slices.Contains(strings.Split(o.only, ","), p.name)
	})
	if err := comparePages(ctx, o, w, list); err != nil {
		return err
	}
	return compareQueue(ctx, o, w, list)
}

// comparePages crawls the whole web in turns and keeps the least of each.
func comparePages(ctx context.Context, o *options, w *web, list []program) error {
	if o.rounds < 1 {
		return nil
	}
	best := map[string]cost{}
	for round := range o.rounds {
		for i := range list {
			p := list[(i+round)%len(list)]
			c, err := run(ctx, o, w, p, task{seeds: w.seeds})
			if err != nil {
				return err
			}
			if c.pages != w.pages {
				return fmt.Errorf("%s asked for %d pages of %d", p.name, c.pages, w.pages)
			}
			fmt.Fprintf(os.Stderr, "round %d, %s: %.2f s of CPU, %.2f s, %d MB\n", round+1, p.name, c.cpu.Seconds(), c.wall.Seconds(), c.rss>>20)
			b, ok := best[p.name]
			if !ok {
				b = c
			}
			b.cpu, b.wall, b.rss = min(b.cpu, c.cpu), min(b.wall, c.wall), min(b.rss, c.rss)
			best[p.name] = b
		}
	}
	fmt.Printf("| %d pages | CPU, s | pages per CPU second | wall, s | peak RSS, MB |\n|---|---|---|---|---|\n", w.pages)
	for _, p := range list {
		c := best[p.name]
		fmt.Printf("| %s | %.2f | %.0f | %.2f | %d |\n", p.name, c.cpu.Seconds(), float64(c.pages)/c.cpu.Seconds(), c.wall.Seconds(), c.rss>>20)
	}
	return nil
}

// compareQueue fetches pages that each lead to a thousand others, until so many wait.
func compareQueue(ctx context.Context, o *options, w *web, list []program) error {
	if o.queue < 1 {
		return nil
	}
	n := o.queue/fanOut + len(w.tree)
	fmt.Printf("\n| %d addresses wait | pages | CPU, s | wall, s | peak RSS, MB |\n|---|---|---|---|---|\n", o.queue)
	for _, p := range list {
		c, err := run(ctx, o, w, p, task{seeds: w.tree, queue: o.queue, pages: n, bytes: w.treeBytes})
		if err != nil {
			return err
		}
		if c.pages < o.queue/fanOut {
			return fmt.Errorf("%s asked for %d pages, which do not lead to %d others", p.name, c.pages, o.queue)
		}
		fmt.Printf("| %s | %d | %.2f | %.2f | %d |\n", p.name, c.pages, c.cpu.Seconds(), c.wall.Seconds(), c.rss>>20)
	}
	return nil
}

// runMax ends a program that does not.
const runMax = 15 * time.Minute

func run(ctx context.Context, o *options, w *web, p program, t task) (cost, error) {
	var err error
	if t.dir, err = os.MkdirTemp(o.temp, p.name+"-*"); err != nil {
		return cost{}, err
	}
	defer os.RemoveAll(t.dir)
	if _, err := w.count(); err != nil { // from here on
		return cost{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, runMax)
	defer cancel()
	args := p.command(t)
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Dir = t.dir
	var said strings.Builder
	cmd.Stdout, cmd.Stderr = io.Discard, &said
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return cost{}, err
	}
	ended, peak := make(chan struct{}), make(chan int64)
	go func() { peak <- watch(cmd.Process.Pid, ended) }()
	err = cmd.Wait()
	close(ended)
	c := cost{wall: time.Since(began), rss: <-peak}
	if err != nil && !slices.Contains(p.codes, cmd.ProcessState.ExitCode()) {
		return c, fmt.Errorf("%s: %w\n%s", strings.Join(args, " "), err, said.String())
	}
	c.cpu = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	c.pages, err = w.count()
	return c, err
}

// watchEvery is how often the memory of a program is looked at.
const watchEvery = 50 * time.Millisecond

// watch gives the peak of a process's memory when it has ended, in bytes. What the system
// says of ended processes is of no use: that begins with the memory of who started them.
func watch(pid int, ended <-chan struct{}) (peak int64) {
	status := fmt.Sprintf("/proc/%d/status", pid)
	for {
		b, _ := os.ReadFile(status) // it may have ended
		for line := range strings.Lines(string(b)) {
			if kb, ok := strings.CutPrefix(line, "VmHWM:"); ok {
				n, _ := strconv.ParseInt(strings.Fields(kb)[0], 10, 64)
				peak = n << 10
			}
		}
		select {
		case <-ended:
			return peak
		case <-time.After(watchEvery):
		}
	}
}

// web is the process that serves.
type web struct {
	cmd         *exec.Cmd
	in          io.WriteCloser
	out         *bufio.Scanner
	seeds, tree []string
	pages       int
	treeBytes   int64
}

func startWeb(ctx context.Context, o *options) (*web, error) {
	w := &web{cmd: exec.CommandContext(ctx, o.self, "-pages", strconv.Itoa(o.pages), "serve")}
	w.cmd.Stderr = os.Stderr
	var err error
	if w.in, err = w.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := w.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := w.cmd.Start(); err != nil {
		return nil, err
	}
	w.out = bufio.NewScanner(out)
	for _, line := range []*[]string{&w.seeds, &w.tree} {
		if !w.out.Scan() {
			w.stop()
			return nil, errors.New("the web does not start")
		}
		*line = strings.Fields(w.out.Text())
	}
	w.pages, w.treeBytes = len(w.seeds)*o.pages, pageBytes()
	return w, nil
}

// count is how many different pages the web served since the last count.
func (w *web) count() (int, error) {
	if _, err := io.WriteString(w.in, "count\n"); err != nil {
		return 0, err
	}
	if !w.out.Scan() {
		return 0, errors.New("the web has ended")
	}
	return strconv.Atoi(w.out.Text())
}

func (w *web) stop() {
	w.in.Close()
	_ = w.cmd.Wait() // it ends with its input
}
