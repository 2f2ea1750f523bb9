/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What others put into English words, in the language of the page as far as it
 * can be said; the rest is marked as English, for screen readers and for where
 * lines may break.
 */
#include "results/report/html.h"
#include "results/report/page.h"
#include "results/report/phrases.h"

void page_english(const struct page *page, const char *text, size_t most)
{
    if (page->options->language == LANGUAGE_EN) {
        html_long(page->out, text, most);
        return;
    }
    fputs("<span lang=\"en\">", page->out);
    html_long(page->out, text, most);
    fputs("</span>", page->out);
}

void page_phrase(const struct page *page, const char *english, size_t most)
{
    char said[2 * PHRASE_TEXT];
    const char *rest =
        phrase_split(english, page->options->language, said, sizeof said);

    html_long(page->out, said, most);
    if (*rest)
        page_english(page, rest, most);
}
