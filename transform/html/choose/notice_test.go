package choose

import "testing"

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
