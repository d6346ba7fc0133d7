package transform

// tagID names an HTML element that the parser treats specially.
type tagID uint8

const (
	tagOther tagID = iota
	tagHTML
	tagHead
	tagBody
	tagTitle
	tagMeta
	tagLink
	tagBase
	tagScript
	tagStyle
	tagNoscript
	tagTemplate
	tagIframe
	tagNoembed
	tagTextarea
	tagXmp
	tagSVG
	tagMath
	tagAnnotation
	tagSelect
	tagOption
	tagOptgroup
	tagDatalist
	tagObject
	tagVideo
	tagAudio
	tagCanvas
	tagA
	tagSpan
	tagFont
	tagInline // formatting elements without meaning for extraction
	tagLabel
	tagButton
	tagTime
	tagAddress
	tagBR
	tagHR
	tagImg
	tagInput
	tagVoid
	tagP
	tagH1
	tagH2
	tagH3
	tagH4
	tagH5
	tagH6
	tagPre
	tagCode
	tagBlockquote
	tagUL
	tagOL
	tagLI
	tagDL
	tagDT
	tagDD
	tagTable
	tagCaption
	tagTbody
	tagTR
	tagTD
	tagTH
	tagDiv
	tagCenter
	tagSection
	tagArticle
	tagMain
	tagAside
	tagNav
	tagHeader
	tagFooter
	tagHgroup
	tagForm
	tagFieldset
	tagLegend
	tagFigure
	tagFigcaption
	tagDetails
	tagSummary
	tagDialog
	tagMenu
	tagNoframes
	tagFrameset
	tagBlock // any other block-level element
	tagPlaintext
	numTags
)

// Properties of tags.
const (
	propBlock   uint16 = 1 << iota // starts and ends a text block
	propVoid                       // has no content
	propRaw                        // content is raw text up to its end tag
	propDead                       // content is never text of the page
	propSpecial                    // stops the search of an inline end tag
	propScope                      // stops the search of a block end tag
	propCloseP                     // its start tag closes an open p
	propFormat                     // pure formatting: no element is made
	propHead                       // metadata element
	propClosed                     // holds nothing where its end tag never comes
)

const propBlk = propBlock | propSpecial | propCloseP

// tagProps is indexed by tagID.
var tagProps = [numTags]uint16{
	tagHTML:       propBlock | propSpecial | propScope,
	tagHead:       propBlock | propSpecial,
	tagBody:       propBlock | propSpecial,
	tagTitle:      propRaw | propHead | propSpecial,
	tagMeta:       propVoid | propHead,
	tagLink:       propVoid | propHead,
	tagBase:       propVoid | propHead,
	tagScript:     propRaw | propHead,
	tagStyle:      propRaw | propHead,
	tagNoscript:   propBlock | propSpecial,
	tagTemplate:   propDead | propSpecial | propScope,
	tagIframe:     propRaw,
	tagNoembed:    propRaw,
	tagTextarea:   propRaw,
	tagXmp:        propRaw,
	tagPlaintext:  propRaw,
	tagMath:       0,
	tagSelect:     propDead | propSpecial | propClosed,
	tagOption:     propDead,
	tagOptgroup:   propDead,
	tagDatalist:   propDead | propClosed,
	tagObject:     propSpecial | propScope | propClosed,
	tagVideo:      propDead | propClosed,
	tagAudio:      propDead | propClosed,
	tagCanvas:     propDead | propClosed,
	tagInline:     propFormat,
	tagButton:     propBlock | propSpecial,
	tagLabel:      0,
	tagAddress:    propBlk,
	tagBR:         propVoid,
	tagHR:         propVoid | propBlock | propCloseP,
	tagImg:        propVoid,
	tagInput:      propVoid,
	tagVoid:       propVoid,
	tagP:          propBlk,
	tagH1:         propBlk,
	tagH2:         propBlk,
	tagH3:         propBlk,
	tagH4:         propBlk,
	tagH5:         propBlk,
	tagH6:         propBlk,
	tagPre:        propBlk,
	tagBlockquote: propBlk,
	tagUL:         propBlk,
	tagOL:         propBlk,
	tagLI:         propBlk,
	tagDL:         propBlk,
	tagDT:         propBlk,
	tagDD:         propBlk,
	tagTable:      propBlk | propScope,
	tagCaption:    propBlock | propSpecial | propScope,
	tagTbody:      propBlock | propSpecial,
	tagTR:         propBlock | propSpecial,
	tagTD:         propBlock | propSpecial | propScope,
	tagTH:         propBlock | propSpecial | propScope,
	tagDiv:        propBlk,
	tagCenter:     propBlk,
	tagSection:    propBlk,
	tagArticle:    propBlk,
	tagMain:       propBlk,
	tagAside:      propBlk,
	tagNav:        propBlk,
	tagHeader:     propBlk,
	tagFooter:     propBlk,
	tagHgroup:     propBlk,
	tagForm:       propBlk,
	tagFieldset:   propBlk,
	tagLegend:     propBlock,
	tagFigure:     propBlk,
	tagFigcaption: propBlk,
	tagDetails:    propBlk,
	tagSummary:    propBlk,
	tagDialog:     propBlk,
	tagMenu:       propBlk,
	tagNoframes:   propBlock | propSpecial,
	tagFrameset:   propBlock | propSpecial,
	tagBlock:      propBlk,
}

// lookupTag maps a lower-case element name to its tagID.
func lookupTag(name string) tagID {
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

func lookupTag1(c byte) tagID {
	switch c {
	case 'a':
		return tagA
	case 'p':
		return tagP
	case 'b', 'i', 'u', 's', 'q':
		return tagInline
	}
	return tagOther
}

func lookupTag2(name string) tagID {
	switch name {
	case "br":
		return tagBR
	case "li":
		return tagLI
	case "td":
		return tagTD
	case "tr":
		return tagTR
	case "th":
		return tagTH
	case "ul":
		return tagUL
	case "ol":
		return tagOL
	case "h1":
		return tagH1
	case "h2":
		return tagH2
	case "h3":
		return tagH3
	case "h4":
		return tagH4
	case "h5":
		return tagH5
	case "h6":
		return tagH6
	case "em", "tt":
		return tagInline
	case "hr":
		return tagHR
	case "dl":
		return tagDL
	case "dt":
		return tagDT
	case "dd":
		return tagDD
	}
	return tagOther
}

func lookupTag3(name string) tagID {
	switch name {
	case "div":
		return tagDiv
	case "img":
		return tagImg
	case "svg":
		return tagSVG
	case "nav":
		return tagNav
	case "pre":
		return tagPre
	case "dir":
		return tagBlock
	case "xmp":
		return tagXmp
	case "col", "wbr":
		return tagVoid
	case "big", "sub", "sup", "ins", "kbd", "var":
		return tagInline
	}
	return tagOther
}

func lookupTag4(name string) tagID {
	switch name {
	case "span":
		return tagSpan
	case "link":
		return tagLink
	case "meta":
		return tagMeta
	case "form":
		return tagForm
	case "html":
		return tagHTML
	case "head":
		return tagHead
	case "body":
		return tagBody
	case "main":
		return tagMain
	case "code":
		return tagCode
	case "time":
		return tagTime
	case "font":
		return tagFont
	case "math":
		return tagMath
	case "base":
		return tagBase
	case "menu":
		return tagMenu
	case "area":
		return tagVoid
	case "abbr", "cite", "samp", "mark", "nobr":
		return tagInline
	}
	return tagOther
}

func lookupTagLong(name string) tagID {
	switch name {
	case "script":
		return tagScript
	case "style":
		return tagStyle
	case "input":
		return tagInput
	case "label":
		return tagLabel
	case "button":
		return tagButton
	case "strong", "small", "acronym":
		return tagInline
	case "section":
		return tagSection
	case "article":
		return tagArticle
	case "aside":
		return tagAside
	case "header":
		return tagHeader
	case "footer":
		return tagFooter
	case "table":
		return tagTable
	case "tbody", "thead", "tfoot":
		return tagTbody
	case "title":
		return tagTitle
	case "option":
		return tagOption
	case "select":
		return tagSelect
	case "figure":
		return tagFigure
	case "iframe":
		return tagIframe
	case "source", "track", "param", "embed", "keygen", "frame":
		return tagVoid
	case "center":
		return tagCenter
	case "object", "applet", "marquee":
		return tagObject
	case "hgroup":
		return tagHgroup
	case "legend":
		return tagLegend
	case "dialog":
		return tagDialog
	case "canvas":
		return tagCanvas
	case "video":
		return tagVideo
	case "audio":
		return tagAudio
	case "address":
		return tagAddress
	case "caption":
		return tagCaption
	case "details":
		return tagDetails
	case "summary":
		return tagSummary
	case "noembed":
		return tagNoembed
	case "noscript":
		return tagNoscript
	case "template":
		return tagTemplate
	case "textarea":
		return tagTextarea
	case "optgroup":
		return tagOptgroup
	case "datalist":
		return tagDatalist
	case "fieldset":
		return tagFieldset
	case "noframes":
		return tagNoframes
	case "frameset":
		return tagFrameset
	case "plaintext":
		return tagPlaintext
	case "blockquote":
		return tagBlockquote
	case "figcaption":
		return tagFigcaption
	case "search", "listing", "isindex":
		return tagBlock
	}
	return tagOther
}
