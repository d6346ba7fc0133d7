package gather

import (
	"context"
	"path"
	"strings"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/output"
	"github.com/corpusmill/corpusmill/stage"
)

// manifests are those of the folders in which files of the input lie. A run that wrote
// them says there of which types their columns are: JSON lines and the names of folders
// do not, and the first lines of a file need not have what later ones have.
type manifests map[string][]*output.Manifest

// columns are the columns of a shard that a run wrote, those of the file and those of its
// folders; none of any other shard.
func (m manifests) columns(ctx context.Context, f *files, shard corpus.Shard) (list, folders []stage.InputColumn, err error) {
	for file := path.Base(shard.Path); ; {
		dir := strings.TrimSuffix(shard.Path, "/"+file)
		sets, err := m.of(ctx, f, dir)
		if err != nil {
			return nil, nil, err
		}
		for _, set := range sets {
			for _, p := range set.Parts {
				if p.File == file && p.Bytes == shard.Size {
					return typed(set.Columns)
				}
			}
		}
		above := path.Base(dir)
		if !strings.Contains(above, "=") {
			return nil, nil, nil
		}
		file = above + "/" + file // a sink that partitions has its manifest above the folders
	}
}

func (m manifests) of(ctx context.Context, f *files, dir string) ([]*output.Manifest, error) {
	if sets, ok := m[dir]; ok {
		return sets, nil
	}
	folder, err := f.env.Stores.Open(ctx, dir)
	if err != nil {
		return nil, err
	}
	sets, err := output.Sets(ctx, folder)
	m[dir] = sets
	return sets, err
}

func typed(columns []output.Column) (list, folders []stage.InputColumn, err error) {
	for _, c := range columns {
		typ, err := corpus.ParseType(c.Type)
		if err != nil {
			return nil, nil, err
		}
		x := stage.InputColumn{Name: c.Name, Path: c.Name, Type: typ}
		if c.Partition {
			folders = append(folders, x)
		} else {
			list = append(list, x)
		}
	}
	return list, folders, nil
}
