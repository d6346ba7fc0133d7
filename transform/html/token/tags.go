package token

// Tag names an HTML element that the parser treats specially.
type Tag uint8

// Tags. Other is any inline element that has none of its own, Inline one that only
// formats, Block any block-level one.
const (
	Other Tag = iota
	HTML
	Head
	Body
	Title
	Meta
	Link
	Base
	Script
	Style
	Noscript
	Template
	Iframe
	Noembed
	Textarea
	Xmp
	SVG
	Math
	Annotation
	Select
	Option
	Optgroup
	Datalist
	Object
	Video
	Audio
	Canvas
	A
	Span
	Font
	Inline // formatting elements without meaning for extraction
	Label
	Button
	Time
	Address
	BR
	HR
	Img
	Input
	Void
	P
	H1
	H2
	H3
	H4
	H5
	H6
	Pre
	Code
	Blockquote
	UL
	OL
	LI
	DL
	DT
	DD
	Table
	Caption
	Tbody
	TR
	TD
	TH
	Div
	Center
	Section
	Article
	Main
	Aside
	Nav
	Header
	Footer
	Hgroup
	Form
	Fieldset
	Legend
	Figure
	Figcaption
	Details
	Summary
	Dialog
	Menu
	Noframes
	Frameset
	Block // any other block-level element
	Plaintext
	TagCount
)

// Properties of tags.
const (
	PropBlock   uint16 = 1 << iota // starts and ends a text block
	PropVoid                       // has no content
	PropRaw                        // content is raw text up to its end tag
	PropDead                       // content is never text of the page
	PropSpecial                    // stops the search of an inline end tag
	PropScope                      // stops the search of a block end tag
	PropCloseP                     // its start tag closes an open p
	PropFormat                     // pure formatting: no element is made
	PropHead                       // metadata element
	PropClosed                     // holds nothing where its end tag never comes
)

// PropBlk are the properties of most block-level tags.
const PropBlk = PropBlock | PropSpecial | PropCloseP

// Props is indexed by tagID.
var Props = [TagCount]uint16{
	HTML:       PropBlock | PropSpecial | PropScope,
	Head:       PropBlock | PropSpecial,
	Body:       PropBlock | PropSpecial,
	Title:      PropRaw | PropHead | PropSpecial,
	Meta:       PropVoid | PropHead,
	Link:       PropVoid | PropHead,
	Base:       PropVoid | PropHead,
	Script:     PropRaw | PropHead,
	Style:      PropRaw | PropHead,
	Noscript:   PropBlock | PropSpecial,
	Template:   PropDead | PropSpecial | PropScope,
	Iframe:     PropRaw,
	Noembed:    PropRaw,
	Textarea:   PropRaw,
	Xmp:        PropRaw,
	Plaintext:  PropRaw,
	Math:       0,
	Select:     PropDead | PropSpecial | PropClosed,
	Option:     PropDead,
	Optgroup:   PropDead,
	Datalist:   PropDead | PropClosed,
	Object:     PropSpecial | PropScope | PropClosed,
	Video:      PropDead | PropClosed,
	Audio:      PropDead | PropClosed,
	Canvas:     PropDead | PropClosed,
	Inline:     PropFormat,
	Button:     PropBlock | PropSpecial,
	Label:      0,
	Address:    PropBlk,
	BR:         PropVoid,
	HR:         PropVoid | PropBlock | PropCloseP,
	Img:        PropVoid,
	Input:      PropVoid,
	Void:       PropVoid,
	P:          PropBlk,
	H1:         PropBlk,
	H2:         PropBlk,
	H3:         PropBlk,
	H4:         PropBlk,
	H5:         PropBlk,
	H6:         PropBlk,
	Pre:        PropBlk,
	Blockquote: PropBlk,
	UL:         PropBlk,
	OL:         PropBlk,
	LI:         PropBlk,
	DL:         PropBlk,
	DT:         PropBlk,
	DD:         PropBlk,
	Table:      PropBlk | PropScope,
	Caption:    PropBlock | PropSpecial | PropScope,
	Tbody:      PropBlock | PropSpecial,
	TR:         PropBlock | PropSpecial,
	TD:         PropBlock | PropSpecial | PropScope,
	TH:         PropBlock | PropSpecial | PropScope,
	Div:        PropBlk,
	Center:     PropBlk,
	Section:    PropBlk,
	Article:    PropBlk,
	Main:       PropBlk,
	Aside:      PropBlk,
	Nav:        PropBlk,
	Header:     PropBlk,
	Footer:     PropBlk,
	Hgroup:     PropBlk,
	Form:       PropBlk,
	Fieldset:   PropBlk,
	Legend:     PropBlock,
	Figure:     PropBlk,
	Figcaption: PropBlk,
	Details:    PropBlk,
	Summary:    PropBlk,
	Dialog:     PropBlk,
	Menu:       PropBlk,
	Noframes:   PropBlock | PropSpecial,
	Frameset:   PropBlock | PropSpecial,
	Block:      PropBlk,
}

// lookupTag maps a lower-case element name to its tagID.
func lookupTag(name string) Tag {
	switch len(name) {
	case 1:
		return lookupTag1(name[0])
	case 2:
		return lookupTag2(name)
	case 3:
		return lookupTag3(name)
	case 4:
		return lookupTag4(name)
	}
	return lookupTagLong(name)
}

func lookupTag1(c byte) Tag {
	switch c {
	case 'a':
		return A
	case 'p':
		return P
	case 'b', 'i', 'u', 's', 'q':
		return Inline
	}
	return Other
}

func lookupTag2(name string) Tag {
	switch name {
	case "br":
		return BR
	case "li":
		return LI
	case "td":
		return TD
	case "tr":
		return TR
	case "th":
		return TH
	case "ul":
		return UL
	case "ol":
		return OL
	case "h1":
		return H1
	case "h2":
		return H2
	case "h3":
		return H3
	case "h4":
		return H4
	case "h5":
		return H5
	case "h6":
		return H6
	case "em", "tt":
		return Inline
	case "hr":
		return HR
	case "dl":
		return DL
	case "dt":
		return DT
	case "dd":
		return DD
	}
	return Other
}

func lookupTag3(name string) Tag {
	switch name {
	case "div":
		return Div
	case "img":
		return Img
	case "svg":
		return SVG
	case "nav":
		return Nav
	case "pre":
		return Pre
	case "dir":
		return Block
	case "xmp":
		return Xmp
	case "col", "wbr":
		return Void
	case "big", "sub", "sup", "ins", "kbd", "var":
		return Inline
	}
	return Other
}

func lookupTag4(name string) Tag {
	switch name {
	case "span":
		return Span
	case "link":
		return Link
	case "meta":
		return Meta
	case "form":
		return Form
	case "html":
		return HTML
	case "head":
		return Head
	case "body":
		return Body
	case "main":
		return Main
	case "code":
		return Code
	case "time":
		return Time
	case "font":
		return Font
	case "math":
		return Math
	case "base":
		return Base
	case "menu":
		return Menu
	case "area":
		return Void
	case "abbr", "cite", "samp", "mark", "nobr":
		return Inline
	}
	return Other
}

func lookupTagLong(name string) Tag {
	switch name {
	case "script":
		return Script
	case "style":
		return Style
	case "input":
		return Input
	case "label":
		return Label
	case "button":
		return Button
	case "strong", "small", "acronym":
		return Inline
	case "section":
		return Section
	case "article":
		return Article
	case "aside":
		return Aside
	case "header":
		return Header
	case "footer":
		return Footer
	case "table":
		return Table
	case "tbody", "thead", "tfoot":
		return Tbody
	case "title":
		return Title
	case "option":
		return Option
	case "select":
		return Select
	case "figure":
		return Figure
	case "iframe":
		return Iframe
	case "source", "track", "param", "embed", "keygen", "frame":
		return Void
	case "center":
		return Center
	case "object", "applet", "marquee":
		return Object
	case "hgroup":
		return Hgroup
	case "legend":
		return Legend
	case "dialog":
		return Dialog
	case "canvas":
		return Canvas
	case "video":
		return Video
	case "audio":
		return Audio
	case "address":
		return Address
	case "caption":
		return Caption
	case "details":
		return Details
	case "summary":
		return Summary
	case "noembed":
		return Noembed
	case "noscript":
		return Noscript
	case "template":
		return Template
	case "textarea":
		return Textarea
	case "optgroup":
		return Optgroup
	case "datalist":
		return Datalist
	case "fieldset":
		return Fieldset
	case "noframes":
		return Noframes
	case "frameset":
		return Frameset
	case "plaintext":
		return Plaintext
	case "blockquote":
		return Blockquote
	case "figcaption":
		return Figcaption
	case "search", "listing", "isindex":
		return Block
	}
	return Other
}
