"""Follows all links of the seeds' hosts: spider.py CONCURRENCY QUEUE SEED... ends when QUEUE requests wait, 0 is never."""

import sys
from urllib.parse import urlsplit

import scrapy
from scrapy.crawler import CrawlerProcess
from scrapy.exceptions import CloseSpider

concurrency, queue, seeds = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]


class Spider(scrapy.Spider):
    name = "links"
    start_urls = seeds
    allowed_domains = [urlsplit(s).hostname for s in seeds]

    def parse(self, response):
        for href in response.xpath("//a/@href").getall():  # LinkExtractor takes longer
            yield scrapy.Request(response.urljoin(href))
        count = self.crawler.stats.get_value
        # by pages it would end too early: hundreds wait in memory for their links to be taken
        if queue and count("scheduler/enqueued", 0) - count("scheduler/dequeued", 0) >= queue:
            raise CloseSpider("queue")


settings = {
    "CONCURRENT_REQUESTS": concurrency,
    "CONCURRENT_REQUESTS_PER_DOMAIN": concurrency,
    "DOWNLOAD_DELAY": 0,
    "ROBOTSTXT_OBEY": True,
    "COOKIES_ENABLED": False,
    "TELNETCONSOLE_ENABLED": False,
    "LOG_LEVEL": "ERROR",
    "USER_AGENT": "scrapy (+me@corpus.example)",
    "RETRY_ENABLED": False,
}
if queue:
    settings["JOBDIR"] = "job"  # what waits is on disk
process = CrawlerProcess(settings)
process.crawl(Spider)
process.start()
