package web

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/corpusmill/corpusmill/internal/transfer"
	"github.com/corpusmill/corpusmill/store"
)

const (
	pagesMax   = 10_000
	entriesMax = 2_000_000 // of one listing
)

// dataset is a folder of a data set at a revision.
type dataset struct {
	hub      *hub
	repo     string // ORG/NAME
	revision string
	folder   string // "" or "a/b/"
	calls    transfer.Calls

	mu     sync.Mutex
	sha    string // "" until it was asked for
	files  *site
	listed map[string]store.Object // what listings told of files, by name
}

// entry is a file or a folder as the hub describes it.
type entry struct {
	Type string `json:"type"` // file or directory
	OID  string `json:"oid"`
	Size int64  `json:"size"`
	Path string `json:"path"`
	LFS  *struct {
		OID string `json:"oid"`
	} `json:"lfs"`
}

// String names the commit as soon as it is known.
func (d *dataset) String() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.location()
}

// location is String; the lock is held.
func (d *dataset) location() string {
	revision := ""
	switch {
	case d.sha != "":
		revision = "@" + d.sha
	case d.revision != "main":
		revision = "@" + url.PathEscape(d.revision)
	}
	return strings.TrimSuffix(SchemeHub+"datasets/"+d.repo+revision+"/"+d.folder, "/")
}

// path names a file in errors.
func (d *dataset) path(name string) string {
	return strings.TrimSuffix(d.String()+"/"+name, "/")
}

// fail adds to an error what the hub means by it.
func (d *dataset) fail(op, name string, tries int, err error) error {
	if s := status(err); s == http.StatusUnauthorized || s == http.StatusForbidden {
		err = fmt.Errorf("%w: the data set is not there, or is private or gated: HF_TOKEN must hold a token that may read it", err)
	}
	return fail(op, name, tries, err)
}

// pin settles the commit.
func (d *dataset) pin(sha string) *site {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.files == nil {
		d.sha = sha
		base := d.hub.base.JoinPath("datasets", d.repo, "resolve", sha, escapePath(d.folder), "/")
		d.files = newSite(d.hub.server, base, d.location(), escapePath)
		d.files.calls.Fail = d.fail
	}
	return d.files
}

// at returns the files of the commit, which is asked for once.
func (d *dataset) at(ctx context.Context) (*site, error) {
	d.mu.Lock()
	files := d.files
	d.mu.Unlock()
	if files != nil {
		return files, nil
	}
	sha, err := d.hub.commit(ctx, d)
	if err != nil {
		return nil, err
	}
	return d.pin(sha), nil
}

func escapePath(name string) string {
	elements := strings.Split(name, "/")
	for i, e := range elements {
		elements[i] = url.PathEscape(e)
	}
	return strings.Join(elements, "/")
}

func (d *dataset) List(ctx context.Context, prefix string) iter.Seq2[store.Object, error] {
	return d.list(ctx, prefix, func(string) bool { return true })
}

// Select implements [store.Selective].
func (d *dataset) Select(ctx context.Context, prefix string, sel store.Selection) iter.Seq2[store.Object, error] {
	return d.list(ctx, prefix, sel.Match)
}

func (d *dataset) list(ctx context.Context, prefix string, match func(name string) bool) iter.Seq2[store.Object, error] {
	return func(yield func(store.Object, error) bool) {
		below, _ := path.Split(prefix)
		if below != "" && store.BadName(below+"x") != "" {
			return // no file can have such a name
		}
		entries, err := d.tree(ctx, strings.TrimSuffix(below, "/"))
		if err != nil {
			yield(store.Object{}, err)
			return
		}
		for _, e := range entries {
			name, ok := strings.CutPrefix(e.Path, d.folder)
			if !ok || !strings.HasPrefix(name, prefix) || strings.HasPrefix(path.Base(name), store.TemporaryPrefix) || !match(name) {
				continue
			}
			if err := store.CheckName("list", name); err != nil {
				yield(store.Object{}, err)
				return
			}
			if !yield(d.remember(name, e), nil) {
				return
			}
		}
	}
}

// remember keeps what the hub said of a file: it holds for the commit for ever.
func (d *dataset) remember(name string, e entry) store.Object {
	o := store.Object{Name: name, Size: e.Size, Stamp: e.OID}
	if e.LFS != nil {
		o.Stamp = e.LFS.OID
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.listed) < versionsMax {
		d.listed[name] = o
	}
	d.files.remember(name, version{size: e.Size})
	return o
}

// tree are the files below a folder, sorted by path.
func (d *dataset) tree(ctx context.Context, below string) ([]entry, error) {
	if _, err := d.at(ctx); err != nil {
		return nil, err
	}
	folder := strings.Trim(d.folder+below, "/")
	next := d.hub.address("api/datasets/" + d.repo + "/tree/" + d.sha + "/" + escapePath(folder))
	next = strings.TrimSuffix(next, "/") + "?recursive=true&expand=false"
	var files []entry
	for page := 0; next != ""; page++ {
		var entries []entry
		var err error
		next, err = d.ask(ctx, "list", http.MethodGet, next, "", &entries)
		var answered *statusError
		if errors.As(err, &answered) && answered.status == http.StatusNotFound && answered.code != "RepoNotFound" && answered.code != "RevisionNotFound" {
			return nil, nil // no such folder
		}
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			if e.Type == "file" {
				files = append(files, e)
			}
		}
		if page >= pagesMax || len(files) > entriesMax {
			return nil, d.fail("list", d.path(below), 0, transfer.Permanent("more than %d files or %d pages", entriesMax, pagesMax))
		}
	}
	slices.SortFunc(files, func(a, b entry) int { return strings.Compare(a.Path, b.Path) })
	for i := 1; i < len(files); i++ {
		if files[i].Path == files[i-1].Path {
			return nil, d.fail("list", d.path(below), 0, transfer.Permanent("the hub lists %q twice", files[i].Path))
		}
	}
	return files, nil
}

func (d *dataset) Stat(ctx context.Context, name string) (store.Object, error) {
	if err := store.CheckName("stat", name); err != nil {
		return store.Object{}, err
	}
	if err := ctx.Err(); err != nil {
		return store.Object{}, d.fail("stat", d.path(name), 0, err)
	}
	d.mu.Lock()
	o, ok := d.listed[name]
	d.mu.Unlock()
	if ok {
		return o, nil
	}
	if _, err := d.at(ctx); err != nil {
		return store.Object{}, err
	}
	form := url.Values{"paths": {d.folder + name}, "expand": {"false"}}.Encode()
	var entries []entry
	if _, err := d.ask(ctx, "stat", http.MethodPost, d.hub.address("api/datasets/"+d.repo+"/paths-info/"+d.sha), form, &entries); err != nil {
		return store.Object{}, err
	}
	for _, e := range entries {
		if e.Type == "file" && e.Path == d.folder+name {
			return d.remember(name, e), nil
		}
	}
	return store.Object{}, &fs.PathError{Op: "stat", Path: d.path(name), Err: fs.ErrNotExist}
}

func (d *dataset) Open(ctx context.Context, name string) (io.ReadCloser, error) {
	return d.OpenRange(ctx, name, 0, -1)
}

func (d *dataset) OpenRange(ctx context.Context, name string, offset, length int64) (io.ReadCloser, error) {
	if err := store.CheckName("open", name); err != nil {
		return nil, err
	}
	files, err := d.at(ctx)
	if err != nil {
		return nil, err
	}
	return files.OpenRange(ctx, name, offset, length)
}

func (d *dataset) Create(_ context.Context, name string) (store.Writer, error) {
	return nil, refuseWrite("create", d.path(name))
}

func (d *dataset) PutIfAbsent(_ context.Context, name string, _ []byte) (bool, error) {
	return false, refuseWrite("publish", d.path(name))
}

func (d *dataset) Remove(_ context.Context, name string) error {
	return refuseWrite("remove", d.path(name))
}
