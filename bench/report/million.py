# A million short documents of three languages and two sources, and a pipeline for them.
import json
import os
import random
import sys

folder = sys.argv[1]
os.makedirs(folder, exist_ok=True)
random.seed(7)
WORDS = ("the be to of and that have with data model page city water history people work school river market paper "
         "music light garden winter summer engine travel family coffee number letter window").split()
HAN = "我们今天去学校看书城市水历史人工作河市场音乐光花园冬夏咖啡数字窗户的是了在有和"
HOSTS = ["host%d.example" % i for i in range(3000)]
DOCUMENTS, OF_FILE = 1_000_000, 50_000


def text(i, lang):
    if i > 1000 and random.random() < 0.1:
        return "Copy of text number %d, and that is all of it: the same words to the end." % int(random.expovariate(1 / 300))
    words = [random.choice(WORDS) if random.random() < 0.93 else str(random.randrange(9999))
             for _ in range(int(random.lognormvariate(3.6, 0.6)))]
    t = " ".join(words).capitalize() + random.choice([".", ".", "", "!"])
    if random.random() < 0.2:
        t = t.replace(" ", "\n", 3)
    if lang == "zh":
        t = "".join(random.choice(HAN) if random.random() < 0.95 else "，" for _ in range(len(t) // 3 + 5)) + "。"
    return t


out = None
for i in range(DOCUMENTS):
    if i % OF_FILE == 0:
        if out:
            out.close()
        out = open("%s/%s-%03d.jsonl" % (folder, "news" if i >= DOCUMENTS // 2 else "shop", i // OF_FILE), "w")
    lang = "zh" if random.random() < 0.15 else ("de" if random.random() < 0.1 else "en")
    host = HOSTS[min(int(random.expovariate(1 / 200)), len(HOSTS) - 1)]
    out.write(json.dumps({"id": "d%d" % i, "text": text(i, lang), "url": "https://%s/p/%d" % (host, i), "lang": lang}, ensure_ascii=False) + "\n")
out.close()
with open(folder + "/million.yaml", "w") as f:
    f.write("""name: million
source:
  - { name: shop, jsonl: { paths: ["%s/shop-*.jsonl"], columns: { lang: string } } }
  - { name: news, jsonl: { paths: ["%s/news-*.jsonl"], columns: { lang: string } } }
stages:
  - exact_dedup: {}
  - gopher_quality: { annotate: true, when: { lang: [en, de] } }
  - fineweb_quality: { when: { lang: [en, de] } }
  - chinese_quality: { min_chars: 20, when: { lang: [zh] } }
  - token_count: { tokenizer: o200k_base }
sink: { parquet: {} }
sizing: { tokens_per_parameter: 20, cluster: { gpu: h100-sxm, gpus: 1, mfu: 0.4, days: 0.1 } }
""" % (folder, folder))
