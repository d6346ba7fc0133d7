package language

import "unicode"

// unlisted are the languages that the model does not name, in groups of like ones: a
// text in one of them is Undetermined and not the nearest listed language. Codes are
// those of the texts that the training has.
var unlisted = [...]struct {
	script *unicode.RangeTable
	codes  string
}{
	{unicode.Latin, "nso loz"},
	{unicode.Latin, "ss nr"},
	{unicode.Latin, "ve"},
	{unicode.Latin, "run nyn koo"},
	{unicode.Latin, "nya bem toi lun lue yao vmw sey nym suk kde swb zdj tum"},
	{unicode.Latin, "kng ktu lin lua kmb umb cjk ndo lun hna sag"},
	{unicode.Latin, "smo ton tah rar haw niu fij mah pon"},
	{unicode.Latin, "ewe fon ajg gaa aka dag bci nzi ada gkp bba kbp ddn dga ibb bin tiv yap kri pcm"},
	{unicode.Latin, "wol fuv fuv2 fuf srr snk bam dyu emk men tem sus dyo knc mos ff"},
	{unicode.Latin, "om aar hea lia"},
	{unicode.Latin, "hms hns cnh ctd lus kha njo flm"},
	{unicode.Latin, "ceb hil ilo war pam bcl ban ace bug min mad su tet cha pau pag"},
	{unicode.Latin, "ast an ext roh fur cos src lij vec eml wln pcd scn lad lmo pms nap frp mwl sc"},
	{unicode.Latin, "nds gsw sco ksh pdc bar li zea stq frr pfl"},
	{unicode.Latin, "ht crs gcr pap bis tpi pis srn pov kea jam"},
	{unicode.Latin, "hsb dsb csb szl sme se vep krl fkv vro ltg liv sgs lld"},
	{unicode.Latin, "crh gag kaa uig_latn slr diq tly"},
	{unicode.Latin, "quy qug qul qva qvc qvh qvm qvn qwh qxa qxn qxu qu"},
	{unicode.Latin, "cak quc kek mam yua tzh toj hus nhn nah tzc maz ote hva"},
	{unicode.Latin, "gn gug arn cni shp agr acu miq guc cab cas gyr ame pbb yad"},
	{unicode.Latin, "io ia ie ido ina vo lfn jbo"},
	{unicode.Cyrillic, "ba cv alt tyv sah kjh kaa uzn_cyrl tuk_cyrl krc"},
	{unicode.Cyrillic, "oss os abk ady kbd koi kv mhr udm myv mdf gld niv yrk rue ce inh av lez lbe xal bxr"},
	{unicode.Arabic, "skr pnb mly_arab azb mzn glk lrc ks bqi lki sdh"},
	{unicode.Devanagari, "bho mai mag sa san new awa anp"},
	{unicode.Ethiopic, "tig wal"},
	{unicode.Tibetan, "dz"},
}
