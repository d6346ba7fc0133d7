// Package files embeds a folder of mixed files that was written for this project: FAQs and
// exam papers in English and Chinese. The recipe fileqa reads it.
package files

import "embed"

//go:generate go run ./generate

// Files holds the files in its root.
//
//go:embed *.md *.html *.txt *.tex *.docx *.pptx *.xlsx *.pdf
var Files embed.FS
