// Command generate writes the files of the demo that are no texts.
package main

import (
	"log"
	"os"
	"strings"

	"github.com/corpusmill/corpusmill/internal/smalldocs"
)

func main() {
	paper := []string{
		"港口知识测验", "一、选择题",
		"1. 引航员登船的地方叫做（ ）", "A. 锚地", "B. 引航站", "C. 船坞", "D. 灯塔", "答案：B", "解析：引航员在引航站登船。",
		"2. 下列哪一项用来指示航道的边界？", "A. 浮标", "B. 吊车", "C. 缆桩", "D. 趸船", "答案：A",
		"二、简答题", "3. 什么是潮汐？", "答案：潮汐是海水在月球和太阳引力作用下的涨落。",
	}
	for name, raw := range map[string][]byte{
		"quiz.docx":   smalldocs.DOCX(strings.Join(paper, "</w:t></w:r></w:p><w:p><w:r><w:t>")),
		"ferry.pptx":  smalldocs.PPTX("How often does the ferry leave?", "Every forty minutes from six in the morning, and once an hour after eight in the evening."),
		"berths.xlsx": smalldocs.XLSX([]string{"Question", "Answer"}, []string{"How long is the north quay?", "It has 240 metres, in four berths."}, []string{"Who gives a berth to a ship?", "The harbour master, in the order of arrival."}),
		"scan.pdf":    smalldocs.PDF(""),
		"office.pdf":  smalldocs.PDF("Q: When is the harbour office open?  A: From eight to five on working days."),
	} {
		if err := os.WriteFile(name, raw, 0o644); err != nil {
			log.Fatal(err)
		}
	}
}
