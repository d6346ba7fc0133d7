package report

import (
	"context"

	"github.com/corpusmill/corpusmill/stage"
)

// PartFiles are the current parts of a sink, for programs that read them themselves.
type PartFiles struct {
	Sink   string `json:"sink"`   // "" where the pipeline has one without a name
	Format string `json:"format"` // name of the sink, such as parquet
	Folder string `json:"folder"` // location
	// Files are names below the folder, in the order of the run.
	Files []string `json:"files"`
}

// PartFiles lists the parts of each sink of a finished run.
func (f *Folder) PartFiles(ctx context.Context) ([]PartFiles, error) {
	commits, err := f.Manifest(ctx)
	if err != nil {
		return nil, err
	}
	list := []PartFiles{}
	for _, s := range f.parts {
		m, err := f.current(ctx, s)
		if err != nil {
			return nil, err
		}
		var parts []stage.Part
		if m != nil {
			parts = m.Parts
		} else {
			for _, c := range commits {
				parts = append(parts, s.of(c)...)
			}
		}
		files := PartFiles{Sink: s.Name, Format: s.Def, Folder: s.store.String(), Files: []string{}}
		for _, p := range parts {
			files.Files = append(files.Files, p.File)
		}
		list = append(list, files)
	}
	return list, nil
}
