package choose

import (
	"strings"
	"testing"
)

func TestNoticeParts(t *testing.T) {
	for _, c := range []struct {
		text                     string
		number, date, attachment bool
	}{
		{text: "国办发〔2021〕12号", number: true},
		{text: "京政发[2021]3号", number: true},
		{text: "国发（2020）1号", number: true},
		{text: "国办发〔202〕12号"},
		{text: "国办发〔2021〕12"},
		{text: "国办发2021第12号"},
		{text: "关于〔某事〕的12号"},
		{text: "2021年3月5日", date: true},
		{text: "2021 年 3 月 15 日", date: true},
		{text: "二〇二一年三月十五日", date: true},
		{text: "二○一二年十二月二十一日", date: true},
		{text: "2021年3月5日 10:30"},
		{text: "21年3月5日"},
		{text: "发布于2021年3月5日"},
		{text: "2021年3月"},
		{text: "1. 申请表.docx", attachment: true},
		{text: "名单.PDF", attachment: true},
		{text: "见 example.com"},
		{text: ""},
	} {
		if isNumberOfNotice(c.text) != c.number || isNoticeDate(c.text) != c.date || isAttachment(c.text) != c.attachment {
			t.Errorf("%q: number %v, date %v, attachment %v", c.text, isNumberOfNotice(c.text), isNoticeDate(c.text), isAttachment(c.text))
		}
	}
}

// Names of attachments are kept behind the body and beside it, short lines and cells
// between, and a signature above a date that is kept.
func TestKeepNoticeEnd(t *testing.T) {
	const (
		body = "<p>为切实做好今年的防汛工作，保障人民群众生命财产安全，经县政府同意，现将有关事项通知如下，请各乡镇认真贯彻执行，不得有误。</p>"
		file = "<p><a href=a.pdf>责任人名单.pdf</a></p>"
	)
	for _, c := range []struct {
		page string
		keep string // of each block before: k, or - where it is not kept
		want string
	}{
		{"<div><div>" + body + file + "</div></div>", "k-", "kk"},
		{"<div><div>" + body + "</div><div>" + file + "</div></div>", "k-", "kk"},
		{"<div><div>" + body + "</div><div><p>附件下载：</p>" + file + "</div></div>", "k--", "kkk"},
		{"<div><div>" + body + "</div><div><p>相关阅读</p>" + file + "</div></div>", "k--", "k--"},
		{"<div><div><div>" + body + "</div></div><div>" + file + "</div></div>", "k-", "k-"}, // too far from it
		{"<div><div>" + body + "</div><nav>" + file + "</nav></div>", "k-", "k-"},
		{"<div><div>" + body + strings.Repeat("<p>短行</p>", noticeReach) + file + "</div></div>", "k" + strings.Repeat("k", noticeReach) + "-", strings.Repeat("k", noticeReach+2)},
		{"<div><div>" + body + "<p>某县民政局</p><p>二〇一二年十一月八日</p></div></div>", "k-k", "kkk"},
	} {
		x := scored(t, c.page, 1)
		for i := range x.p.Blocks {
			x.p.Blocks[i].Keep = c.keep[i] == 'k'
		}
		x.keepNotice()
		got := ""
		for i := range x.p.Blocks {
			if x.p.Blocks[i].Keep {
				got += "k"
			} else {
				got += "-"
			}
		}
		if got != c.want {
			t.Errorf("%s: %s, want %s", c.page, got, c.want)
		}
	}
}
