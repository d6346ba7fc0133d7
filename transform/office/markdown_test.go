package office

import "testing"

func TestMarkdown(t *testing.T) {
	styles := part{"word/styles.xml", `<w:styles xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:style w:styleId="a1"><w:name w:val="heading 2"/></w:style><w:style w:styleId="b"><w:name w:val="own"/><w:basedOn w:val="a1"/></w:style><w:style w:styleId="l"><w:name w:val="List Bullet 2"/></w:style><w:style w:styleId="o"><w:name w:val="x"/><w:pPr><w:outlineLvl w:val="0"/></w:pPr></w:style><w:style w:styleId="n"><w:name w:val="y"/><w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr></w:style></w:styles>`}
	numbers := part{"word/numbering.xml", `<w:numbering xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:abstractNum w:abstractNumId="5"><w:lvl w:ilvl="0"><w:numFmt w:val="decimal"/></w:lvl><w:lvl w:ilvl="1"><w:numFmt w:val="bullet"/></w:lvl></w:abstractNum><w:num w:numId="1"><w:abstractNumId w:val="5"/></w:num></w:numbering>`}
	p := func(props, s string) string { return "<w:p><w:pPr>" + props + "</w:pPr>" + run(s) + "</w:p>" }
	item := func(level, s string) string {
		return p(`<w:numPr><w:ilvl w:val="`+level+`"/><w:numId w:val="1"/></w:numPr>`, s)
	}
	style := func(id, s string) string { return p(`<w:pStyle w:val="`+id+`"/>`, s) }
	body := style("a1", "Head") + style("b", "Own") + style("o", "Top") + "<w:p>" + run("Text.") + "</w:p>" + item("0", "one") + item("1", "in") + item("0", "two") + style("n", "three") + style("l", "bullet") +
		`<w:tbl><w:tr><w:tc><w:p>` + run("a") + `</w:p></w:tc><w:tc><w:p>` + run("b") + `</w:p></w:tc></w:tr><w:tr><w:tc>` + style("a1", "1") + `</w:tc></w:tr></w:tbl>` + `<w:tbl><w:tr><w:tc><w:p>` + run("c") + `</w:p></w:tc></w:tr></w:tbl>` + "<w:p>" + run("End.") + "</w:p>"
	raw := pack(t, part{"[Content_Types].xml", "<Types/>"}, styles, numbers, part{"word/document.xml", docxHead + body + "</w:body></w:document>"})
	wantText(t, DOCX, raw, Limits{}, "Head\nOwn\nTop\nText.\none\nin\ntwo\nthree\nbullet\na | b\n1\nc\nEnd.")
	wantText(t, DOCX, raw, Limits{Markdown: true}, "## Head\n\n## Own\n\n# Top\n\nText.\n\n1. one\n  - in\n2. two\n3. three\n  - bullet\n\n| a | b |\n| --- | --- |\n| 1 |  |\n\n| c |\n| --- |\n\nEnd.")

	odtBody := `<text:h text:outline-level="2">Head</text:h><text:list text:style-name="L1"><text:list-item><text:p>one</text:p><text:p>more</text:p><text:list><text:list-item><text:p>in</text:p></text:list-item></text:list></text:list-item><text:list-item><text:p>two</text:p></text:list-item></text:list>` +
		`<table:table><table:table-row><table:table-cell><text:p>a<text:note><text:note-body><text:p>n</text:p></text:note-body></text:note></text:p></table:table-cell><table:table-cell><text:p>b</text:p></table:table-cell></table:table-row></table:table><text:p>End.</text:p>`
	wantText(t, ODT, odt(t, odtBody), Limits{Markdown: true, Footnotes: true}, "## Head\n\n- one\n\nmore\n\n  - in\n- two\n\n| a | b |\n| --- | --- |\n\nEnd.\n\nn")
	wantText(t, EPUB, epub(t), Limits{Markdown: true}, "# Chapter 1\n\nIt was a dark night.\n\n# 第二章\n\n天亮了。\n\n- one\n- two")
}
