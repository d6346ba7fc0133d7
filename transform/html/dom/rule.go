package dom

// Rule is what decided about a block.
type Rule uint8

// Rules; those from byRelated on lower a block's score.
const (
	ByScore       Rule = iota // kept: its score reaches the cut of the page
	BySecondTry               // nothing on the page scored: plain running text was taken
	ByRepetition              // dropped: the same text was kept before
	ByComments                // kept: readers' comments are asked for
	ByTables                  // dropped: tables are not asked for
	ByHeading                 // kept: heading of a table that is kept
	ByLede                    // kept: sentences between an article's heading and its body
	ByNotice                  // kept: number, attachments, signature or date of a notice
	ByTitle                   // kept: title of a thread
	ByCell                    // kept: a cell between two of its table that are kept
	ByPost                    // kept: the rest of a post that is kept for the most part
	BySubhead                 // kept: a heading between two texts that are kept
	ByCollection              // dropped: text or items of a collection that are not asked for
	ByLineNumbers             // dropped: the numbers of a listing's lines, or the button that copies it
	ByLogin                   // dropped: a page that asks for a password and says next to nothing
	ByHeadline                // lowered: the headline of an article
	ByState                   // raised: text that only a script of the page holds
	ByStamp                   // lowered: who wrote a post, and when
	ByPostNotice              // lowered: what a forum's software says about posts
	ByElsewhere               // lowered: in a container that is named for other pages
	ByRights                  // lowered: a declaration of rights under an article
	ByCredits                 // lowered: who edited an article, what to share, the name of an advertisement
	ByRelated                 // lowered: links to other pages under a heading that says so
	ByContents                // lowered: a table of contents
	ByFacets                  // lowered: a panel of filters
	ByHidden                  // lowered: what the page takes off the screen
	ByReplies                 // lowered: comments under an article
	ByOutside                 // lowered: what stands outside an article's body
)

var ruleNames = [...]string{
	ByScore: "score", BySecondTry: "second_try", ByRepetition: "repetition", ByComments: "comments", ByTables: "tables", ByHeading: "table_heading", ByLede: "lede",
	ByNotice: "notice", ByTitle: "thread_title", ByCell: "table_cell", ByPost: "post", BySubhead: "subheading", ByCollection: "collection", ByLineNumbers: "line_numbers", ByLogin: "login", ByState: "state", ByHeadline: "headline",
	ByStamp: "post_stamp", ByPostNotice: "post_notice", ByElsewhere: "elsewhere", ByRights: "rights", ByCredits: "credits", ByRelated: "related", ByContents: "contents", ByFacets: "filters", ByHidden: "hidden", ByReplies: "replies", ByOutside: "outside_body",
}

// String is the rule's name, as explanations show it.
func (r Rule) String() string { return ruleNames[r] }
