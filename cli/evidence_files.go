package cli

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/corpusmill/corpusmill/report/evidence"
	"github.com/corpusmill/corpusmill/report/page"
)

// evidenceFiles are files that appear together, once all are written. One that is there
// with other bytes is left alone, and that is an error, unless replace is set.
type evidenceFiles struct {
	dir     string
	replace bool
	files   []*evidenceFile
}

// evidenceFile is a temporary file beside the name that it will have.
type evidenceFile struct {
	*bufio.Writer
	name string
	file *os.File
}

// create starts a file. What is there and is no file, such as a pipe, is not replaced.
func (x *evidenceFiles) create(name string) (*evidenceFile, error) {
	for _, f := range x.files {
		if same, err := samePath(f.name, name); err != nil || same {
			return nil, errors.Join(err, usageError{fmt.Errorf("%s: two files would have this name", name)})
		}
	}
	if o, err := os.Stat(name); err == nil && !o.Mode().IsRegular() {
		return nil, usageError{fmt.Errorf("%s is there and is no file", name)}
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return nil, err
	}
	file, err := os.CreateTemp(filepath.Dir(name), ".tmp-evidence-*")
	if err != nil {
		return nil, err
	}
	f := &evidenceFile{bufio.NewWriterSize(file, 64<<10), name, file}
	x.files = append(x.files, f)
	return f, nil
}

// samePath reports whether two paths are one.
func samePath(a, b string) (bool, error) {
	one, err := filepath.Abs(a)
	other, err2 := filepath.Abs(b)
	return one == other, errors.Join(err, err2)
}

// put writes a file whole.
func (x *evidenceFiles) put(name string, write func(io.Writer) error) error {
	f, err := x.create(filepath.Join(x.dir, name))
	if err != nil {
		return err
	}
	return write(f)
}

// commit gives all files their names.
func (x *evidenceFiles) commit() error {
	for _, f := range x.files {
		if err := errors.Join(f.Flush(), f.file.Chmod(0o644), f.file.Close()); err != nil {
			return err
		}
		same, err := sameFile(f.file.Name(), f.name)
		if err != nil {
			return err
		}
		if !same && !x.replace {
			return fmt.Errorf("%s is there and differs: it is left alone; --replace writes over it, --out names another folder", f.name)
		}
	}
	for _, f := range x.files {
		if err := os.Rename(f.file.Name(), f.name); err != nil {
			return err
		}
	}
	return nil
}

// abort removes what has no name yet.
func (x *evidenceFiles) abort() {
	for _, f := range x.files {
		_ = f.file.Close() // it may be closed
		_ = os.Remove(f.file.Name())
	}
}

func (x *evidenceFiles) names() (names []string) {
	for _, f := range x.files {
		names = append(names, f.name)
	}
	return names
}

// sameFile reports whether a file has the bytes of another, or is not there.
func sameFile(a, there string) (bool, error) {
	g, err := os.Open(there)
	if errors.Is(err, fs.ErrNotExist) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	defer g.Close() //nolint:errcheck // read only
	f, err := os.Open(a)
	if err != nil {
		return false, err
	}
	defer f.Close() //nolint:errcheck // read only
	one, other := make([]byte, 64<<10), make([]byte, 64<<10)
	for {
		n, err := io.ReadFull(f, one)
		m, err2 := io.ReadFull(g, other)
		if n != m || !bytes.Equal(one[:n], other[:m]) {
			return false, nil
		}
		ended := func(err error) bool { return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) }
		switch {
		case ended(err) && ended(err2):
			return true, nil
		case err != nil && !ended(err), err2 != nil && !ended(err2):
			return false, errors.Join(err, err2)
		case ended(err) != ended(err2):
			return false, nil
		}
	}
}

// tables finishes what was collected, and writes the tables.
func (x *evidenceFiles) tables(c *evidence.Collector, o evidence.Options) (*evidence.Evidence, error) {
	var out []*csv.Writer
	names := tableFiles(o.By)
	for i, by := range o.By {
		f, err := x.create(filepath.Join(x.dir, names[i]))
		if err != nil {
			return nil, err
		}
		w := csv.NewWriter(f)
		out = append(out, w)
		if err := w.Write(append(append([]string{}, by...), "documents", "documents_ratio", "bytes", "bytes_ratio", "tokens", "tokens_ratio")); err != nil {
			return nil, err
		}
	}
	e, err := c.Finish(func(table int, r *evidence.TableRow) error {
		return out[table].Write(append(append([]string{}, r.Value...), whole(r.Amount.Documents), decimal(r.Shares.Documents),
			whole(r.Amount.Bytes), decimal(r.Shares.Bytes), whole(r.Amount.Tokens), decimal(r.Shares.Tokens)))
	})
	if err != nil {
		return nil, err
	}
	for i, w := range out {
		if w.Flush(); w.Error() != nil {
			return nil, w.Error()
		}
		e.Tables[i].File = names[i]
	}
	return e, nil
}

// tableNameLen bounds the part of a file's name that columns are, in bytes.
const tableNameLen = 200

// tableFiles are the names of the files of tables, each another one, also where a file
// system takes upper and lower case for the same.
func tableFiles(tables [][]string) (names []string) {
	taken := map[string]bool{}
	for _, by := range tables {
		base := strings.Map(func(r rune) rune {
			if r == '/' || r == '\\' || r < ' ' {
				return '_'
			}
			return r
		}, strings.Join(by, "+"))
		if len(base) > tableNameLen {
			base = strings.ToValidUTF8(base[:tableNameLen], "")
		}
		name := base
		for n := 2; taken[strings.ToLower(name)]; n++ {
			name = fmt.Sprintf("%s-%d", base, n)
		}
		taken[strings.ToLower(name)] = true
		names = append(names, "by-"+name+".csv")
	}
	return names
}

func whole(n int64) string { return strconv.FormatInt(n, 10) }

// decimal is a share in a file for programs.
func decimal(x float64) string { return strconv.FormatFloat(x, 'f', 8, 64) }

// rest writes the words, the sheets, and the evidence that names them.
func (x *evidenceFiles) rest(e *evidence.Evidence, drawn []*evidence.Drawn, f *evidenceFlags) error {
	if err := x.put("sources.csv", func(w io.Writer) error { return writeSources(w, e) }); err != nil {
		return err
	}
	if e.Words != nil {
		e.Words.File = "words.csv"
		if err := x.put(e.Words.File, func(w io.Writer) error { return writeWords(w, e.Words) }); err != nil {
			return err
		}
	}
	if e.Sample != nil {
		for i := range f.reviewers {
			name := "sample." + f.sheet
			if f.reviewers > 1 {
				name = fmt.Sprintf("sample-%d.%s", i+1, f.sheet)
			}
			var b bytes.Buffer
			write := evidence.WriteCSV
			if f.sheet == "jsonl" {
				write = evidence.WriteJSONL
			}
			if err := write(&b, evidence.ForReviewer(drawn, f.seed, i+1)); err != nil {
				return err
			}
			e.Sample.Sheets = append(e.Sample.Sheets, evidence.Sheet{File: name, SHA256: evidence.Digest(b.Bytes())})
			if err := x.put(name, func(w io.Writer) error { _, err := w.Write(b.Bytes()); return err }); err != nil {
				return err
			}
		}
	}
	if err := x.put("evidence.html", func(w io.Writer) error { return page.WriteEvidence(w, e) }); err != nil {
		return err
	}
	return x.put(evidence.File, func(w io.Writer) error {
		b, err := e.Encode()
		if err == nil {
			_, err = w.Write(b)
		}
		return err
	})
}

// writeSources writes the list of sources.
func writeSources(w io.Writer, e *evidence.Evidence) error {
	out := csv.NewWriter(w)
	rows := [][]string{{"source", "places", "shards", "bytes_stored", "read", "skipped", "quarantined", "documents", "documents_ratio", "bytes", "bytes_ratio", "tokens", "tokens_ratio", "first_fetched", "last_fetched"}}
	for _, s := range e.Sources {
		rows = append(rows, []string{s.Name, strings.Join(s.Places, " "), whole(s.Shards), whole(s.BytesStored), whole(s.Read), whole(s.Skipped), whole(s.Quarantined),
			whole(s.Amount.Documents), decimal(s.Shares.Documents), whole(s.Amount.Bytes), decimal(s.Shares.Bytes), whole(s.Amount.Tokens), decimal(s.Shares.Tokens),
			s.FirstFetched, s.LastFetched})
	}
	return out.WriteAll(rows)
}

// writeWords writes all words: a row for all sources ("*"), and one for each that has it.
func writeWords(w io.Writer, words *evidence.Words) error {
	out := csv.NewWriter(w)
	if err := out.Write([]string{"category", "word", "source", "documents", "documents_ratio", "occurrences"}); err != nil {
		return err
	}
	for _, x := range words.All() {
		all := evidence.SourceCount{Source: "*", Count: x.Count}
		for _, s := range append([]evidence.SourceCount{all}, x.BySource...) {
			if err := out.Write([]string{x.Category, x.Word, s.Source, whole(s.Count.Documents), decimal(s.Count.Ratio), whole(s.Count.Occurrences)}); err != nil {
				return err
			}
		}
	}
	out.Flush()
	return out.Error()
}
