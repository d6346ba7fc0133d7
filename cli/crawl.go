package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/corpusmill/corpusmill/config"
	"github.com/corpusmill/corpusmill/crawl"
)

// crawlFlags are the flags of crawl as they were given.
type crawlFlags struct {
	seeds, allow, sets                 []string
	config, out, contact, policy, stay string
	pages                              int64
	bytes                              string
	time, delay                        time.Duration
	workers                            int
	recrawl, asJSON                    bool
}

func (p *program) crawlCommand() *cobra.Command {
	var f crawlFlags
	c := &cobra.Command{
		Use:   "crawl --seed URL... --out DIR --contact MAIL",
		Short: "Crawl the web politely into WARC files",
		Long: `Crawls from seeds along links and sitemaps, and writes what servers send, byte
for byte, to WARC files with CDXJ indexes in a folder, which pipelines read:
source: { warc: { paths: ["DIR/*.warc.gz"] } }. DIR/crawl.json says what came of
it. The same line resumes a crawl that was stopped or killed, and does nothing
where it has come to its end; --recrawl then asks for all its pages once more,
and stores what has not changed as revisit records.

It keeps robots.txt (RFC 9309), a delay for each host and each address, and
signals of consent by --policy. --config reads all settings from a YAML file,
--set changes one; flags go over both.

Exit codes: 0 done; 1 failed; 2 a mistake in the settings; 5 done, and no page
was fetched; 75 stopped by a signal, or locked by another process: run the same
line again.`,
		Example: "  corpusmill crawl --seed https://a.example/ \\\n    --out crawls/a --contact me@corpus.example --max-pages 1000",
	}
	fl := c.Flags()
	fl.StringArrayVar(&f.seeds, "seed", nil, "address to begin with (repeatable)")
	fl.StringVar(&f.config, "config", "", "YAML file with settings of a crawl")
	fl.StringVar(&f.out, "out", "", "folder of the crawl")
	fl.StringVar(&f.contact, "contact", "", "mail address or web page of who crawls; stands in the User-Agent")
	fl.StringSliceVar(&f.allow, "allow", nil, "what may be reached beside public addresses: loopback, private, or a host")
	fl.StringVar(&f.policy, "policy", "", "which signals of consent are obeyed: strict, standard or record (default standard)")
	fl.StringVar(&f.stay, "stay", "", "how far links lead: host, domain or prefix of a seed, or any (default domain)")
	fl.Int64Var(&f.pages, "max-pages", 0, "stop after so many pages")
	fl.StringVar(&f.bytes, "max-bytes", "", "stop after so much over the wire, such as 10GB")
	fl.DurationVar(&f.time, "max-time", 0, "stop after so long, such as 12h")
	fl.DurationVar(&f.delay, "delay", 0, "least time between two requests to a host (default 1s)")
	fl.IntVar(&f.workers, "workers", 0, "requests under way at once, each at another host (default 64)")
	fl.BoolVar(&f.recrawl, "recrawl", false, "ask for all pages of a crawl that has come to its end once more")
	fl.StringArrayVar(&f.sets, "set", nil, "change a setting: path=value, such as politeness.delay_max=10s (repeatable)")
	fl.BoolVar(&f.asJSON, "json", false, "print the report as JSON")
	c.RunE = func(c *cobra.Command, args []string) error {
		f.seeds = append(f.seeds, args...)
		s, err := f.settings(c)
		if err != nil {
			return usageError{err}
		}
		return p.crawl(c, &f, s)
	}
	return c
}

// settings puts the file, --set and flags on top of the defaults.
func (f *crawlFlags) settings(c *cobra.Command) (crawl.Settings, error) {
	s := config.Defaults[crawl.Settings]()
	if f.config != "" {
		src, err := config.ReadFile(f.config)
		if err != nil {
			return s, err
		}
		n, err := config.ParseYAML(f.config, src)
		if err != nil {
			return s, err
		}
		if err := config.Decode(n, &s); err != nil {
			return s, err
		}
	}
	for _, set := range f.sets {
		if err := decodeSet(set, &s); err != nil {
			return s, err
		}
	}
	s.Seeds = append(s.Seeds, f.seeds...)
	s.Allow = append(s.Allow, f.allow...)
	changed := c.Flags().Changed
	for name, put := range map[string]func(){
		"out": func() { s.Out = f.out }, "contact": func() { s.Contact = f.contact }, "policy": func() { s.Policy = f.policy }, "stay": func() { s.Stay = f.stay },
		"max-pages": func() { s.Stop.Pages = f.pages }, "max-time": func() { s.Stop.Time = f.time }, "workers": func() { s.Workers = f.workers },
		"delay": func() { s.Politeness.Delay, s.Politeness.DelayMax = f.delay, max(s.Politeness.DelayMax, f.delay) },
	} {
		if changed(name) {
			put()
		}
	}
	if changed("max-bytes") {
		if err := s.Stop.Bytes.UnmarshalText([]byte(f.bytes)); err != nil {
			return s, fmt.Errorf("--max-bytes: %w", err)
		}
	}
	return s, s.Validate()
}

// decodeSet changes the one setting that path=value names.
func decodeSet(set string, settings any) error {
	path, value, ok := strings.Cut(set, "=")
	if !ok || path == "" {
		return &config.Error{File: "--set " + set, Msg: "want path=value, such as politeness.delay_max=10s"}
	}
	n, err := config.Set(path, value)
	if err != nil {
		return err
	}
	keys := strings.Split(path, ".")
	for _, key := range slices.Backward(keys) {
		outer := &config.Node{File: n.File, Kind: config.MapNode}
		outer.Put(key, n)
		n = outer
	}
	return config.Decode(n, settings)
}

func (p *program) crawl(c *cobra.Command, f *crawlFlags, s crawl.Settings) error {
	o := crawl.Options{Version: p.app.Version, Recrawl: f.recrawl, Log: slog.New(slog.NewTextHandler(p.stderr, &slog.HandlerOptions{Level: slog.LevelWarn})),
		Progress: func(now crawl.Progress) { fmt.Fprintln(p.stderr, now) }}
	w, err := crawl.Open(s, o)
	if errors.Is(err, crawl.ErrInUse) {
		return codeError{exitInterrupted, err}
	}
	if errors.Is(err, crawl.ErrNoCrawl) {
		return usageError{err}
	}
	if err != nil {
		return err
	}
	err = w.Run(c.Context())
	r, closing := w.Close()
	switch {
	case closing != nil:
		return errors.Join(err, closing)
	case err != nil && c.Context().Err() != nil:
		return stopped{fmt.Sprintf("%d pages are", r.Pages), s.Out}
	case err != nil:
		return err
	}
	if f.asJSON {
		if err := json.NewEncoder(p.stdout).Encode(r); err != nil {
			return err
		}
	} else {
		fmt.Fprint(p.stderr, crawlSummary(&r, s.Out))
	}
	if r.Status[200] == 0 {
		return codeError{exitEmpty, fmt.Errorf("no page was fetched: %s/%s says why", s.Out, crawl.ReportName)}
	}
	return nil
}

func counts(m map[string]int64) string {
	var b strings.Builder
	for _, k := range sortedKeys(m) {
		fmt.Fprintf(&b, " %s: %d", k, m[k])
	}
	if b.Len() == 0 {
		return " none"
	}
	return b.String()
}

func total(m map[string]int64) (n int64) {
	for _, v := range m {
		n += v
	}
	return n
}

// crawlSummary is the report for people.
func crawlSummary(r *crawl.Report, dir string) string {
	var b strings.Builder
	line := func(what string, n int64, m map[string]int64) {
		if n > 0 {
			fmt.Fprintf(&b, "%-24s %9d ", what, n)
			if len(m) > 0 {
				b.WriteString(counts(m))
			}
			b.WriteString("\n")
		}
	}
	status := map[string]int64{}
	for s, n := range r.Status {
		status[fmt.Sprint(s)] = n
	}
	line("pages", r.Pages, status)
	line("without an answer", total(r.Errors), r.Errors)
	line("cut", total(r.Truncated), r.Truncated)
	line("as before", r.Revisits, nil)
	line("forbidden by robots.txt", r.Forbidden, nil)
	line("refused by consent", total(r.Consent), r.Consent)
	line("traps", total(r.Traps), r.Traps)
	line("links out of scope", total(r.Outside), r.Outside)
	line("hosts given up", total(r.GivenUp), r.GivenUp)
	left := "nothing is left"
	if !r.Finished {
		left = fmt.Sprintf("%d addresses wait", r.Queued)
	}
	fmt.Fprintf(&b, "\n%s: %d pages of %d hosts, %s in %d requests, %d archive files; %s; %.1f s\n",
		dir, r.Pages, r.Hosts, human(r.Bytes), r.Requests, len(r.Archives), left, r.Seconds)
	return b.String()
}
