package office

import (
	"encoding/xml"
	"errors"
	"path"
	"strings"
)

// relations are the relationships of a part to others of its archive (ECMA-376 part
// 2, section 8), by ID. Those to addresses outside are left out.
type relations struct {
	archive *archive
	folder  string
	byID    map[string]string // names of parts
	kinds   []relation
}

// relation is a part and the type of its relationship, an address.
type relation struct{ kind, part string }

// maxRelations bounds relations; a document has one for each picture and link.
const maxRelations = 100_000

// relationships reads the relationships of a part, "" for those of the package. A
// part without any, or with damaged ones, has none.
func (a *archive) relationships(part string) (relations, error) {
	r := relations{archive: a, folder: path.Dir("/" + part), byID: map[string]string{}}
	name := path.Join(r.folder, "_rels", path.Base("/"+part)+".rels")
	if part == "" {
		name = "_rels/.rels"
	}
	if a.has(name) {
		if err := a.walk(name, &r); errors.Is(err, ErrLimit) || errors.Is(err, ErrEncrypted) {
			return r, err
		}
	}
	return r, nil
}

func (r *relations) start(e xml.StartElement) bool {
	if e.Name.Local != "Relationship" || len(r.kinds) >= maxRelations || strings.EqualFold(attr(e, "TargetMode"), "External") {
		return true
	}
	name, _ := r.archive.resolve(r.folder, attr(e, "Target"))
	r.kinds = append(r.kinds, relation{attr(e, "Type"), name})
	r.byID[attr(e, "Id")] = name
	return true
}
func (r *relations) end(xml.Name)      {}
func (r *relations) text([]byte) error { return nil }

// part returns the first part that there is whose type ends so, since the two
// editions of the format differ before that, else the one that is usually beside
// owner.
func (r *relations) part(kind, owner, usual string) string {
	for _, rel := range r.kinds {
		if strings.HasSuffix(rel.kind, kind) && r.archive.has(rel.part) {
			return rel.part
		}
	}
	return path.Join(path.Dir(owner), usual)
}
