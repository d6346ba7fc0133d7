package token

import "strings"

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

// tagNames are the names of elements that have a tag, by tag.
var tagNames = [TagCount]string{
	A:          "a",
	P:          "p",
	Inline:     "b i u s q em tt big sub sup ins kbd var abbr cite samp mark nobr strong small acronym",
	BR:         "br",
	LI:         "li",
	TD:         "td",
	TR:         "tr",
	TH:         "th",
	UL:         "ul",
	OL:         "ol",
	H1:         "h1",
	H2:         "h2",
	H3:         "h3",
	H4:         "h4",
	H5:         "h5",
	H6:         "h6",
	HR:         "hr",
	DL:         "dl",
	DT:         "dt",
	DD:         "dd",
	Div:        "div",
	Img:        "img",
	SVG:        "svg",
	Nav:        "nav",
	Pre:        "pre",
	Block:      "dir search listing isindex",
	Xmp:        "xmp",
	Void:       "col wbr area source track param embed keygen frame",
	Span:       "span",
	Link:       "link",
	Meta:       "meta",
	Form:       "form",
	HTML:       "html",
	Head:       "head",
	Body:       "body",
	Main:       "main",
	Code:       "code",
	Time:       "time",
	Font:       "font",
	Math:       "math",
	Base:       "base",
	Menu:       "menu",
	Script:     "script",
	Style:      "style",
	Input:      "input",
	Label:      "label",
	Button:     "button",
	Section:    "section",
	Article:    "article",
	Aside:      "aside",
	Header:     "header",
	Footer:     "footer",
	Table:      "table",
	Tbody:      "tbody thead tfoot",
	Title:      "title",
	Option:     "option",
	Select:     "select",
	Figure:     "figure",
	Iframe:     "iframe",
	Center:     "center",
	Object:     "object applet marquee",
	Hgroup:     "hgroup",
	Legend:     "legend",
	Dialog:     "dialog",
	Canvas:     "canvas",
	Video:      "video",
	Audio:      "audio",
	Address:    "address",
	Caption:    "caption",
	Details:    "details",
	Summary:    "summary",
	Noembed:    "noembed",
	Noscript:   "noscript",
	Template:   "template",
	Textarea:   "textarea",
	Optgroup:   "optgroup",
	Datalist:   "datalist",
	Fieldset:   "fieldset",
	Noframes:   "noframes",
	Frameset:   "frameset",
	Plaintext:  "plaintext",
	Blockquote: "blockquote",
	Figcaption: "figcaption",
}

// shortName is the length of names that fit into a key of 64 bits.
const shortName = 8

// shortTags holds the tags of short names: a name's place is by its key, and the next one
// where that is taken. Three of four places are free.
var shortTags = func() (t [512]struct {
	key uint64
	tag Tag
}) {
	for tag, names := range tagNames {
		for name := range strings.FieldsSeq(names) {
			if len(name) > shortName {
				continue
			}
			key := nameKey(name)
			i := placeOf(key)
			for t[i].key != 0 {
				i = (i + 1) % len(t)
			}
			t[i].key, t[i].tag = key, Tag(tag)
		}
	}
	return t
}()

// nameKey packs a short name.
func nameKey(name string) (key uint64) {
	for i := range len(name) {
		key = key<<8 | uint64(name[i])
	}
	return key
}

func placeOf(key uint64) int { return int(key * 0x9e3779b97f4a7c15 >> (64 - 9)) }

// lookupShort returns the tag of a short lower-case name.
func lookupShort(key uint64) Tag {
	for i := placeOf(key); shortTags[i].key != 0; i = (i + 1) % len(shortTags) {
		if shortTags[i].key == key {
			return shortTags[i].tag
		}
	}
	return Other
}

// lookupLong returns the tag of a name that is no short one.
func lookupLong(name string) Tag {
	switch {
	case EqualFold(name, "plaintext"):
		return Plaintext
	case EqualFold(name, "blockquote"):
		return Blockquote
	case EqualFold(name, "figcaption"):
		return Figcaption
	}
	return Other
}
