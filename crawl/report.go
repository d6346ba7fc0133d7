package crawl

import (
	"bufio"
	"cmp"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/corpusmill/corpusmill/crawl/frontier"
)

// ReportName is the file of the report in the folder of a crawl.
const ReportName = "crawl.json"

// Report is what came of a crawl, all its processes together.
type Report struct {
	Tally
	// Finished tells that nothing is left; else a limit or a signal ended the crawl.
	Finished bool `json:"finished"`
	// Queued addresses wait, Seen were ever queued, Hosts had one.
	Queued uint64 `json:"queued"`
	Seen   uint64 `json:"seen"`
	Hosts  uint64 `json:"hosts"`
	// Largest are the hosts with the most pages, Abandoned the first that were given up.
	Largest   []HostReport `json:"largest"`
	Abandoned []HostReport `json:"abandoned"`
	// Archives are the whole files with their SHA-256, those of robots.txt and the like below sites/.
	Archives []ArchiveReport `json:"archives"`
	// UserAgent, Policy and Agents are those of the last process.
	UserAgent string   `json:"user_agent"`
	Policy    string   `json:"policy"`
	Agents    []string `json:"agents"`
}

// HostReport is what came of a host, since the crawl was repeated last.
type HostReport struct {
	Origin  string  `json:"origin"`
	Fetched uint64  `json:"fetched"`
	Failed  uint64  `json:"failed"`
	Bytes   uint64  `json:"bytes"`
	Queued  uint64  `json:"queued"`
	Delay   float64 `json:"delay_seconds"`
	GivenUp string  `json:"given_up,omitempty"`
}

// ArchiveReport is a whole file of the archive.
type ArchiveReport struct {
	Name   string `json:"name"`
	SHA256 string `json:"sha256"`
}

// hostsMax is how many hosts of each kind a report names.
const hostsMax = 100

// report counts. Archives are listed once they are whole.
func (c *Crawler) report() (Report, error) {
	totals := c.front.Totals()
	c.mu.Lock()
	r := Report{Tally: c.tally.clone(), UserAgent: c.transport.UserAgent, Policy: c.policy.String(), Agents: c.agents}
	c.mu.Unlock()
	r.Queued, r.Seen, r.Hosts, r.Finished = totals.Queued, totals.Seen, totals.Hosts, totals.Queued == 0
	r.Largest, r.Abandoned = []HostReport{}, []HostReport{}
	r.Archives = []ArchiveReport{}
	for h, err := range c.front.Hosts() {
		if err != nil {
			return r, err
		}
		one := hostReport(h)
		if h.GivenUp != "" && len(r.Abandoned) < hostsMax {
			r.Abandoned = append(r.Abandoned, one)
		}
		if len(r.Largest) == hostsMax && one.Fetched <= r.Largest[hostsMax-1].Fetched {
			continue
		}
		at, _ := slices.BinarySearchFunc(r.Largest, one, func(a, b HostReport) int {
			return cmp.Or(cmp.Compare(b.Fetched, a.Fetched), strings.Compare(a.Origin, b.Origin))
		})
		r.Largest = slices.Insert(r.Largest, at, one)
		r.Largest = r.Largest[:min(len(r.Largest), hostsMax)]
	}
	for _, folder := range []string{"", sitesFolder} {
		list, err := archives(c.dir, folder)
		if err != nil {
			return r, err
		}
		r.Archives = append(r.Archives, list...)
	}
	return r, nil
}

func hostReport(h frontier.Host) HostReport {
	return HostReport{h.Origin, h.Fetched, h.Failed, h.Bytes, h.Queued, float64(h.Delay.Milliseconds()) / 1000, h.GivenUp}
}

// archives reads the digests of whole files.
func archives(dir, folder string) (list []ArchiveReport, err error) {
	f, err := os.Open(filepath.Join(dir, folder, "SHA256SUMS"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		sum, name, ok := strings.Cut(lines.Text(), "  ")
		if ok && strings.HasSuffix(name, ".warc.gz") {
			list = append(list, ArchiveReport{path.Join(folder, name), sum})
		}
	}
	return list, nil
}

// writeReport makes the report and writes it whole.
func (c *Crawler) writeReport() (Report, error) {
	r, err := c.report()
	if err != nil {
		return r, err
	}
	data, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return r, err
	}
	tmp := filepath.Join(c.dir, ".tmp-"+ReportName)
	if err := os.WriteFile(tmp, append(data, '\n'), 0o644); err != nil {
		return r, err
	}
	return r, os.Rename(tmp, filepath.Join(c.dir, ReportName))
}
