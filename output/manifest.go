// Package output is the folder that a sink writes to: which of its files are the parts
// of a run, and whose the folder is.
//
// A folder holds sets of parts. A run that has a folder to itself makes one set; runs
// that append (append: ${DATE}, a key of the sink) make a set each, by its name. A set
// has a manifest in the folder, [File], and putting the manifest is the one act that
// makes the set current: files that the set before it had go afterwards. A program that
// lists the folder by a pattern such as *.parquet may meanwhile see both; one that asks
// the manifests ([Parts], or their JSON) sees one.
package output

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"

	"github.com/zeebo/xxh3"

	"github.com/corpusmill/corpusmill/stage"
	"github.com/corpusmill/corpusmill/store"
)

// Manifest says what a set of parts is and who made it.
type Manifest struct {
	// Version is that of this layout: 1.
	Version int `json:"version"`
	// Set is the set's name, "" for that of a run which has the folder to itself.
	Set string `json:"set,omitempty"`
	// Maker is the run that made the parts, empty as long as there are none.
	Maker
	// Documents is the number of rows of all parts.
	Documents int64 `json:"documents"`
	// Columns are those of the parts; none where these have no columns, or were made
	// before manifests named them.
	Columns []Column `json:"columns,omitempty"`
	// Parts are the files of the set, in reading order, below the folder.
	Parts []stage.Part `json:"parts"`
	// Beside are files in the folder that no run wrote, and that were there when a run
	// took it by --replace.
	Beside []string `json:"beside,omitempty"`
	// Next is the run that works on the set that will follow, under its terms; nil
	// where none does or it is the maker.
	Next *Maker `json:"next,omitempty"`

	raw []byte // its file, where it was read
}

// ErrDamaged means that a manifest is not as it was written.
var ErrDamaged = errors.New("damaged manifest")

// Column is a column of the parts of a set.
type Column struct {
	Name string `json:"name"`
	// Type is the name of a corpus.Type, such as string, int or timestamp_us: what the
	// files say where their format has types, and what JSON lines and folders do not.
	Type string `json:"type"`
	// Partition says that the values are in the names of the folders, and not in the files.
	Partition bool `json:"partition,omitempty"`
}

// Maker is a run, and on what terms it makes a set.
type Maker struct {
	Run      string  `json:"run"`              // the id of its run folder
	Pipeline string  `json:"pipeline"`         // its name
	Limit    int64   `json:"limit,omitempty"`  // at most so many documents of every shard
	Sample   float64 `json:"sample,omitempty"` // this share of the documents
}

// Owner is the run that may write the set: the next one, if there is one.
func (m *Manifest) Owner() Maker {
	if m.Next != nil {
		return *m.Next
	}
	return m.Maker
}

const (
	version      = 1
	filePrefix   = "_corpusmill"
	fileSuffix   = ".json"
	manifestMax  = 1 << 30 // bytes
	setBytesMax  = 64
	setCharacter = "letters, digits, - and _"
)

// File is the name of a set's manifest in the folder: _corpusmill.json, or
// _corpusmill-SET.json of a set with a name.
func File(set string) string {
	if set != "" {
		set = "-" + set
	}
	return filePrefix + set + fileSuffix
}

// CheckSet refuses what cannot be the name of a set.
func CheckSet(set string) error {
	ok := set != "" && len(set) <= setBytesMax
	for _, r := range set {
		ok = ok && (r == '-' || r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z')
	}
	if !ok {
		return fmt.Errorf("%q is no name of a set: use 1 to %d %s", set, setBytesMax, setCharacter)
	}
	return nil
}

// Read reads the manifest of a set; the error is fs.ErrNotExist where there is none.
func Read(ctx context.Context, folder store.Store, set string) (*Manifest, error) {
	return read(ctx, folder, File(set))
}

func read(ctx context.Context, folder store.Store, name string) (*Manifest, error) {
	r, err := folder.Open(ctx, name)
	if err != nil {
		return nil, err
	}
	b, err := io.ReadAll(io.LimitReader(r, manifestMax+1))
	if err = errors.Join(err, r.Close()); err != nil {
		return nil, err
	}
	m := &Manifest{raw: b}
	if err = m.decode(); err == nil && m.Version != version {
		err = fmt.Errorf("a layout of version %d, this program knows %d", m.Version, version)
	}
	if err != nil {
		return nil, fmt.Errorf("%s/%s: %w", folder, name, err)
	}
	return m, nil
}

// decode reads what encode made, or what earlier versions wrote, without a checksum.
func (m *Manifest) decode() error {
	if i := bytes.LastIndex(m.raw, []byte(sealKey)); i >= 0 {
		body := bytes.TrimSuffix(m.raw[:i], []byte(",\n "))
		if !bytes.Equal(m.raw, sealed(append(slices.Clone(body), objectEnd...))) {
			return fmt.Errorf("%w: its checksum differs", ErrDamaged)
		}
	}
	if err := json.Unmarshal(m.raw, m); err != nil {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return nil
}

// A manifest ends in the xxh3-64 of all before it, as a last member of its object.
const (
	sealKey   = `"xxh3"`
	objectEnd = "\n}\n"
)

// sealed is the text of an object with its checksum.
func sealed(object []byte) []byte {
	body := bytes.TrimSuffix(object, []byte(objectEnd))
	return fmt.Appendf(slices.Clip(body), ",\n %s: \"%016x\"%s", sealKey, xxh3.Hash(body), objectEnd)
}

// Sets reads the manifests of all sets of a folder, sorted by name; none where no run
// has the folder.
func Sets(ctx context.Context, folder store.Store) ([]*Manifest, error) {
	return setsBut(ctx, folder, "")
}

// setsBut reads all but a manifest of that name.
func setsBut(ctx context.Context, folder store.Store, but string) ([]*Manifest, error) {
	var sets []*Manifest
	for o, err := range folder.List(ctx, filePrefix) {
		if errors.Is(err, errors.ErrUnsupported) {
			return nil, nil // no run writes where nothing can be listed
		}
		if err != nil {
			return nil, err
		}
		if o.Name == but || strings.Contains(o.Name, "/") || !strings.HasSuffix(o.Name, fileSuffix) {
			continue
		}
		m, err := read(ctx, folder, o.Name)
		if err != nil {
			return nil, err
		}
		if File(m.Set) != o.Name {
			return nil, fmt.Errorf("%s/%s: is of the set %q, whose manifest is called %s", folder, o.Name, m.Set, File(m.Set))
		}
		sets = append(sets, m)
	}
	slices.SortFunc(sets, func(a, b *Manifest) int { return strings.Compare(a.Set, b.Set) })
	return sets, nil
}

// Parts lists the parts of all sets that are current in a folder, set after set by name
// and each in reading order: what a program should read of it. It is empty where no
// run has finished.
func Parts(ctx context.Context, folder store.Store) ([]stage.Part, error) {
	sets, err := Sets(ctx, folder)
	if err != nil {
		return nil, err
	}
	var parts []stage.Part
	for _, m := range sets {
		parts = append(parts, m.Parts...)
	}
	return parts, nil
}

// files are the names of the files of a manifest, with those that belong to parts.
func (m *Manifest) files() map[string]bool {
	names := map[string]bool{}
	for _, p := range m.Parts {
		names[p.File] = true
		for _, c := range p.Companions {
			names[c.File] = true
		}
	}
	return names
}

// encode is the text of the manifest's file: a part a line, and a column a line.
func (m *Manifest) encode() ([]byte, error) {
	head := *m
	head.Version, head.Parts, head.Columns = version, []stage.Part{}, nil
	if len(m.Columns) > 0 {
		head.Columns = []Column{{}} // a place for them, which no other value looks like
	}
	b, err := json.MarshalIndent(head, "", " ")
	if err != nil {
		return nil, err
	}
	columns, err := lines(m.Columns)
	if err != nil {
		return nil, err
	}
	parts, err := lines(m.Parts)
	if err != nil {
		return nil, err
	}
	const noColumns = "\"columns\": [\n  {\n   \"name\": \"\",\n   \"type\": \"\"\n  }\n ]"
	b = bytes.Replace(b, []byte(noColumns), append([]byte(`"columns": `), columns...), 1)
	b = bytes.Replace(b, []byte(`"parts": []`), append([]byte(`"parts": `), parts...), 1)
	return sealed(append(b, '\n')), nil
}

// lines is a list in JSON, an element a line.
func lines[T any](list []T) ([]byte, error) {
	b := []byte{'['}
	for i, x := range list {
		line, err := json.Marshal(x)
		if err != nil {
			return nil, err
		}
		if i > 0 {
			b = append(b, ',')
		}
		b = append(append(b, "\n  "...), line...)
	}
	if len(list) > 0 {
		b = append(b, "\n "...)
	}
	return append(b, ']'), nil
}

// put publishes the manifest in place of an older one, unless it is that one.
func (m *Manifest) put(ctx context.Context, folder store.Store) error {
	b, err := m.encode()
	if err != nil {
		return err
	}
	w, err := folder.Create(ctx, File(m.Set))
	if err != nil {
		return err
	}
	defer w.Abort() //nolint:errcheck // after Commit it does nothing
	if _, err := w.Write(b); err != nil {
		return err
	}
	_, err = w.Commit(ctx)
	return err
}

// find returns the manifest of a set, nil if there is none.
func find(sets []*Manifest, set string) *Manifest {
	for _, m := range sets {
		if m.Set == set {
			return m
		}
	}
	return nil
}

// absent reports an error that says only that something is not there.
func absent(err error) bool { return errors.Is(err, fs.ErrNotExist) }
