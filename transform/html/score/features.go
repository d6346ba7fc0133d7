package score

import (
	"math"

	"github.com/corpusmill/corpusmill/transform/html/dom"
)

// The features of a block, in the order of featureNames.
const (
	fWeight = iota
	fWords
	fLinkShare
	fStops
	fCommas
	fDigits
	fUppers
	fWordLen
	fBreaks
	fEndStop
	fTag
	fHeading
	fElemTag
	fPos
	fTextPos
	fAfterH1
	fDepth
	fOwn
	fMinUp
	fMaxUp
	fSumUp
	fHolderOwn
	fTextSum
	fTextNeg
	fSeen
	fNav
	fHeader
	fFooter
	fAside
	fMain
	fArticle
	fSection
	fForm
	fFigure
	fTable
	fLists
	fDetails
	fHidden
	fAriaHidden
	fButton
	fQuote
	fDL
	fNoscript
	fFar
	fFromFirst
	fFromLast
	fPrevW
	fPrevL
	fNextW
	fNextL
	fPrev2W
	fPrev2L
	fNext2W
	fNext2L
	fNearText
	fNearLink
	fPrevSame
	fNextSame
	fPrevText
	fNextText
	fUp1Text
	fUp1Link
	fUp1Blocks
	fUp1Own
	fUp1Twins
	fUp2Text
	fUp2Link
	fUp2Blocks
	fUp2Own
	fUp2Twins
	fUp3Text
	fUp3Link
	fUp3Blocks
	fUp3Own
	fUp3Twins
	fUp5Text
	fUp5Link
	fUp5Share
	fUp5Punct
	fUp1Share
	fUp2Share
	fUp3Share
	fUp3Good
	fPgText
	fPgLink
	fPgBlocks
	fPgPara
	fPgLong
	fPgGood
	fPgLists
	fPgCells
	fPgArticles
	fPgMain
	fPgArticle
	fPgRatio
	fPgHeads
	fPgStops
	fPgKind
	fRootShare
	fRootDepth
	fRootBlocks
	fNearGood
	fPgNoscript
	fPgHidden
	fPgRepeat
	fTitle
	fPre
	fMoney
	fHeadText
	fHeadLevel
	fHeadDist
	fHeadOwn
	fHeadWords
	fGrpBlocks
	fGrpText
	fGrpLink
	fGrpWords
	fGrpPlace
	fGrpShare
	fGrpNew
	fGrpStops
	fGrpSpread
	fKinBlocks
	fKinText
	fKinLink
	fKinWords
	fCardPrevText
	fCardPrevLink
	fCardNextText
	fCardNextLink
	fDescr
	fBody
	fReplies
	fPgReplies
	fPgNoReplies
	fPgDescr
	fPgBody
	fPgMoney
	fPgPre
	fPgGroup
	fPgGroups
	fPgLinkWords
	fPgTime
	fPgForm
	fAddrDepth
	fAddrDashes
	fAddrDigits
	fAddrWord
	fPgImages
	fPgInputs
	fPgAddresses
	fPgHan
	fPgPosts
	fPgPostings
	fKind0
	fKind1
	fKind2
	fKind3
	fKind4
	fKind5
	fKind6
	fPgKnown
	fPlace
	fPrevPlace
	fNextPlace
	fPgPlaces
	fAddress
	fAddressParts
	fAddressQuery
	fGrpAddress
	fGrpCounted
	fUp1Images
	fUp1Inputs
	fUp1Links
	fUp1Addresses
	fUp1Heads
	fUp1Money
	fUp2Images
	fUp2Inputs
	fUp2Links
	fUp2Addresses
	fUp2Heads
	fUp2Money
	fUp3Images
	fUp3Inputs
	fUp3Links
	fUp3Addresses
	fUp3Heads
	fUp3Money
	fLine
	fUnderMark
	fAfterMark
	fAfterLine
	fPost
	fPostAside
	fNearTitle
	fItemTwins
	fItemLinks
	fItemLinkShare
	fItemBlocks
	fListShare
	fListLinks
	numBasic
)

// Features that come from the scores of the first stage.
const (
	fScore = numBasic + iota
	fPrevS
	fNextS
	fPrev2S
	fNext2S
	fNearS
	fWideS
	fUp1S
	fUp2S
	fUp3S
	fUp5S
	fRootS
	fSinceHit
	fUntilHit
	fPgHit
	fPgHitWords
	fGrpS
	fKinS
	fHeadS
	fPrevCardS1
	fNextCardS1
	fPrevCardS2
	fNextCardS2
	fPrevCardS3
	fNextCardS3
	fUnderHeadS
	fHitFar
	fHitRootS
	fHitRootShare
	fFromFirstHit
	fFromLastHit
	fPgBodyHit
	fPgReplyHit
	fPgListHit
	fPgTop
	fPgHeadHit
	numFeatures
)

// lg squeezes a size v >= 0 into a small number: log2(v+1), linear between
// powers of two. Trees only compare, so that any rising function does.
func lg(v float32) float32 {
	return float32(math.Float32bits(v+1)-127<<23) / (1 << 23)
}

func ratio(a, b float32) float32 {
	if b <= 0 {
		return 0
	}
	return a / b
}

// Log squeezes a size v >= 0 into a small number, as the features have it.
func Log(v float32) float32 { return lg(v) }

// Ratio is a/b, 0 where b is not positive.
func Ratio(a, b float32) float32 { return ratio(a, b) }

func bit(ctx, mask uint32) float32 {
	if ctx&mask != 0 {
		return 1
	}
	return 0
}

// Features has room for every uint8, so that an index needs no bounds check.
type Features [256]float32

const _ = uint(len(Features{}) - numFeatures)

// fill computes the features of block i.
func (x *Scorer) fill(i int, f *Features) {
	p := x.p
	b := &p.Blocks[i]
	e := &p.Elems[b.Elem]
	h := &p.Elems[b.Holder]
	w := b.Weight
	f[fWeight], f[fWords], f[fLinkShare] = lg(w), lg(float32(b.Words)), ratio(b.Link, w)
	f[fStops], f[fCommas] = float32(b.Stops), float32(b.Commas)
	f[fDigits], f[fUppers] = ratio(float32(b.Digits), w), ratio(float32(b.Uppers), w)
	f[fWordLen], f[fBreaks] = ratio(w, float32(b.Words)), float32(b.Breaks)
	f[fEndStop] = 0
	if b.EndStop {
		f[fEndStop] = 1
	}
	f[fTag], f[fElemTag] = float32(h.Tag), float32(e.Tag)
	f[fHeading] = x.p.HeadingLevel(b)
	f[fDepth] = float32(e.Depth)
	f[fOwn], f[fMinUp], f[fMaxUp], f[fSumUp] = float32(e.Own), float32(e.MinUp), float32(e.MaxUp), float32(e.SumUp)
	f[fHolderOwn] = float32(h.Own)
	f[fTextSum], f[fTextNeg] = ratio(b.TextSum, float32(min(b.Words, textWordLimit))), b.TextNeg
	f[fSeen] = float32(b.Seen)
	f[fTitle] = 0
	if x.isTitle(b) {
		f[fTitle] = 1
	}
	f[fPlace], f[fPrevPlace], f[fNextPlace] = x.toPlace(i), x.toPlace(i-1), x.toPlace(i+1)
	x.fillContext(e.Ctx, f)
	f[fLists] = float32(e.Lists)
	f[fFar] = float32(e.Far)
	x.fillPlace(i, f)
	x.fillAncestors(b, f)
	x.fillGroups(i, f)
	x.fillCards(b, f)
	x.fillLines(i, f)
	x.fillItem(b, f)
}

// toPlace says how much of a block links to a place of the same page, as the
// lines of a table of contents do; -1 where there is no block.
func (x *Scorer) toPlace(i int) float32 {
	if i < 0 || i >= len(x.p.Blocks) {
		return -1
	}
	b := &x.p.Blocks[i]
	if !b.Within {
		return 0
	}
	if b.Seen == 2 { // the heading itself comes later
		return 1 + b.Density()
	}
	return b.Density()
}

func (x *Scorer) fillContext(c uint32, f *Features) {
	f[fNav], f[fHeader], f[fFooter], f[fAside] = bit(c, dom.InNav), bit(c, dom.InHeader), bit(c, dom.InFooter), bit(c, dom.InAside)
	f[fMain], f[fArticle], f[fSection], f[fForm] = bit(c, dom.InMain), bit(c, dom.InArticle), bit(c, dom.InSection), bit(c, dom.InForm)
	f[fFigure], f[fTable], f[fDetails] = bit(c, dom.InFigure), bit(c, dom.InTable)+bit(c, dom.InCell), bit(c, dom.InDetails)+2*bit(c, dom.InDialog)
	f[fHidden], f[fAriaHidden], f[fButton] = bit(c, dom.InHidden), bit(c, dom.InAriaHidden), bit(c, dom.InButton)+bit(c, dom.InLabel)
	f[fQuote], f[fDL], f[fNoscript] = bit(c, dom.InQuote), bit(c, dom.InDL), bit(c, dom.InNoscript)
}

// fillPlace gives the block's place in the page and its neighbours.
func (x *Scorer) fillPlace(i int, f *Features) {
	p, s := x.p, &x.Stats
	bl := p.Blocks
	n := len(bl)
	f[fPos] = float32(i) / float32(n)
	f[fTextPos] = ratio(x.before, s.text)
	f[fAfterH1] = 999
	if s.firstH1 >= 0 {
		f[fAfterH1] = float32(max(-50, min(500, i-int(s.firstH1))))
	}
	f[fFromFirst], f[fFromLast] = 999, 999
	if s.firstGood >= 0 {
		f[fFromFirst] = float32(max(-50, min(500, i-int(s.firstGood))))
		f[fFromLast] = float32(max(-100, min(100, i-int(s.lastGood))))
	}
	for k, d := range [4]int{-1, 1, -2, 2} {
		w, l := float32(-1), float32(-1)
		if j := i + d; j >= 0 && j < n {
			w, l = lg(bl[j].Weight), bl[j].Density()
		}
		f[fPrevW+2*k], f[fPrevW+2*k+1] = w, l
	}
	f[fPrevSame], f[fNextSame], f[fPrevText], f[fNextText] = 0, 0, 0, 0
	if i > 0 {
		f[fPrevSame] = x.kin(i-1, i)
		f[fPrevText] = ratio(bl[i-1].TextSum, float32(min(bl[i-1].Words, textWordLimit)))
	}
	if i+1 < n {
		f[fNextSame] = x.kin(i, i+1)
		f[fNextText] = ratio(bl[i+1].TextSum, float32(min(bl[i+1].Words, textWordLimit)))
	}
	var text, link, good float32
	before, after := bl[max(0, i-5):i], bl[i+1:min(n, i+6)]
	for j := range before {
		b := &before[j]
		text += b.Weight
		link += b.Link
		if b.IsGood() {
			good++
		}
	}
	for j := range after {
		b := &after[j]
		text += b.Weight
		link += b.Link
		if b.IsGood() {
			good++
		}
	}
	f[fNearText], f[fNearLink], f[fNearGood] = lg(text), ratio(link, text), good
}

// kin says how closely two blocks are related: 3 in one block-level element, 2
// under one parent, 1 under one grandparent, else 0.
func (x *Scorer) kin(i, j int) float32 {
	el := x.p.Elems
	a, b := x.p.Blocks[i].Holder, x.p.Blocks[j].Holder
	if a == b {
		return 3
	}
	a, b = max(el[a].Parent, 0), max(el[b].Parent, 0)
	if a == b {
		return 2
	}
	if max(el[a].Parent, 0) == max(el[b].Parent, 0) {
		return 1
	}
	return 0
}

// fillAncestors describes the containers of the block. A container that holds
// no block but this one says nothing, so levels count from the first that does.
func (x *Scorer) fillAncestors(b *dom.Block, f *Features) {
	el := x.p.Elems
	s := &x.Stats
	e := b.Holder
	for e > 0 && el[e].Blocks <= 1 {
		e = el[e].Parent
	}
	for k := range 3 {
		a := &el[e]
		x.up[k] = e
		o := fUp1Text + 5*k
		f[o], f[o+1], f[o+2] = lg(a.Text), ratio(a.Link, a.Text), lg(float32(a.Blocks))
		f[o+3], f[o+4] = float32(a.Own), lg(float32(a.Twins))
		f[fUp1Share+k] = ratio(a.Text, s.text)
		if k == 2 {
			f[fUp3Good] = ratio(a.Good, s.Good)
		}
		e = x.p.Elems[e].Wider
	}
	e = x.p.Elems[e].Wider
	x.up[3] = e
	a := &el[e]
	f[fUp5Text], f[fUp5Link], f[fUp5Share] = lg(a.Text), ratio(a.Link, a.Text), ratio(a.Text, s.text)
	f[fUp5Punct] = ratio(a.Punct, float32(a.Blocks))
}

// fillPage sets the features that all blocks of the page share.
func (x *Scorer) fillPage(f *Features) {
	s := &x.Stats
	f[fPgText], f[fPgLink], f[fPgBlocks] = lg(s.text), ratio(s.link, s.text), lg(s.blocks)
	f[fPgPara], f[fPgLong], f[fPgGood] = ratio(s.pText, s.text), ratio(s.longText, s.text), ratio(s.Good, s.text)
	f[fPgLists], f[fPgCells] = ratio(s.liText, s.text), ratio(s.CellText, s.text)
	f[fPgArticles], f[fPgMain], f[fPgArticle] = min(s.articles, 20), ratio(s.mainText, s.text), ratio(s.articleText, s.text)
	f[fPgRatio], f[fPgHeads] = ratio(s.text, s.htmlBytes), ratio(s.headings, s.blocks)
	f[fPgStops], f[fPgKind] = ratio(s.stops, s.blocks), float32(x.p.Head.Kind)
	f[fPgNoscript], f[fPgHidden], f[fPgRepeat] = ratio(s.noscript, s.text), ratio(s.HiddenText, s.text), ratio(s.repeated, s.text)
	f[fPgKnown] = ratio(x.scan.known, x.scan.looked)
	f[fPgPlaces] = min(s.places, 100)
	f[fPgHan] = x.HanShare()
	f[fPgPosts], f[fPgPostings] = lg(float32(x.p.Posts)), lg(float32(x.p.Posting))
	x.fillPageGroups(f)
	x.fillAddress(f)
	x.fillPageCards(f)
	root := &x.p.Elems[s.root]
	f[fRootShare], f[fRootDepth], f[fRootBlocks] = ratio(root.Text, s.text), float32(root.Depth), lg(float32(root.Blocks))
}
