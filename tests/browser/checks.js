// SPDX-License-Identifier: Apache-2.0
// What is asked of a page inside the browser. Each function returns a list of
// what is wrong, as texts; none of them changes the page.
window.checks = (() => {
    const short = text => JSON.stringify(text.trim().slice(0, 40));
    const visible = box => box.width > 0 && box.height > 0;

    // A line of text is higher than its letters are.
    function letters(box) {
        const less = box.height / 5;
        return {left: box.left, right: box.right, top: box.top + less,
                bottom: box.bottom - less};
    }

    // By how many pixels two boxes lie over each other, the lesser way.
    function shared(a, b) {
        return Math.min(Math.min(a.right, b.right) - Math.max(a.left, b.left),
                        Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top));
    }

    function labels(svg) {
        return [...svg.querySelectorAll('text')]
            .map(text => ({text: text.textContent,
                           box: text.getBoundingClientRect()}))
            .filter(label => label.text.trim() && visible(label.box));
    }

    // Labels of a picture that lie over each other, or beyond its edge.
    function overlap() {
        const wrong = [];
        for (const svg of document.querySelectorAll('figure svg')) {
            const name = svg.closest('figure').id;
            const all = labels(svg), edge = svg.getBoundingClientRect();
            if (!all.length)
                wrong.push(`${name}: a picture without labels`);
            all.forEach((a, i) => {
                if (a.box.left < edge.left - 1 || a.box.right > edge.right + 1 ||
                    a.box.top < edge.top - 1 || a.box.bottom > edge.bottom + 1)
                    wrong.push(`${name}: ${short(a.text)} is cut off`);
                for (const b of all.slice(i + 1))
                    if (shared(letters(a.box), letters(b.box)) > 1)
                        wrong.push(`${name}: ${short(a.text)} and ` +
                                   `${short(b.text)} overlap`);
            });
        }
        return wrong;
    }

    // Name of each picture and where it is drawn: from the highest line of its
    // grid, below its legend, to its lower edge.
    function drawings() {
        return [...document.querySelectorAll('figure svg')].map(svg => {
            const box = svg.getBoundingClientRect();
            const top = Math.min(box.bottom,
                ...[...svg.querySelectorAll('path[stroke-width="0.3"]')]
                    .map(line => line.getBoundingClientRect().top));
            return [svg.closest('figure').id, box.left + scrollX, top + scrollY,
                    box.width, box.bottom - top];
        });
    }

    // Lines of text and pictures that lie over each other, where nothing is
    // scrolled: on paper.
    function stacked() {
        const all = [...document.querySelectorAll(
            'h1, h2, h3, h4, p, tr, figcaption, main svg, main li')]
            .map(element => ({element, box: letters(element.getBoundingClientRect())}))
            .filter(({box}) => box.right > box.left && box.bottom > box.top)
            .sort((a, b) => a.box.top - b.box.top);
        const wrong = [];
        all.forEach((a, i) => {
            for (let k = i + 1; k < all.length && all[k].box.top < a.box.bottom; k++)
                if (shared(a.box, all[k].box) > 1 &&
                    !a.element.contains(all[k].element) &&
                    !all[k].element.contains(a.element))
                    wrong.push(`${short(a.element.textContent)} and ` +
                               `${short(all[k].element.textContent)} overlap`);
        });
        return wrong;
    }

    function scrolls(element) {
        for (let at = element; at && at !== document.body; at = at.parentElement)
            if (['auto', 'scroll'].includes(getComputedStyle(at).overflowX))
                return true;
        return false;
    }

    // What is wider than the window, and in nothing that can be scrolled.
    // Where all must be seen, as on paper, scrolling is no excuse.
    function overflow(all) {
        const wide = document.documentElement.clientWidth, wrong = [];
        if (document.documentElement.scrollWidth > wide)
            wrong.push(`the page is ${document.documentElement.scrollWidth} ` +
                       `pixels wide, the window ${wide}`);
        for (const element of document.body.querySelectorAll('*')) {
            const box = element.getBoundingClientRect();
            if (visible(box) && box.right > wide + 1 && (all || !scrolls(element))
                && !element.closest('svg *'))
                wrong.push(`<${element.tagName} class=` +
                           `"${element.getAttribute('class') || ''}"> ends at ` +
                           `${box.right}: ${short(element.textContent)}`);
        }
        return wrong;
    }

    // -- contrast, as WCAG 2.2 has it (1.4.3, 1.4.11) ------------------------

    function colour(text) {
        const number = text.match(/[\d.]+/g).map(Number);
        return number.length > 3 ? number : [...number, 1];
    }

    function over(top, below) {
        return [0, 1, 2].map(i => top[i] * top[3] + below[i] * (1 - top[3]))
            .concat(1);
    }

    function background(element) {
        if (!element)
            return [255, 255, 255, 1];
        const own = colour(getComputedStyle(element).backgroundColor);
        return own[3] === 1 ? own : over(own, background(element.parentElement));
    }

    function luminance(rgb) {
        const [r, g, b] = rgb.map(c => c / 255 <= 0.04045 ? c / 255 / 12.92
            : ((c / 255 + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    }

    function ratio(a, b) {
        const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
        return (high + 0.05) / (low + 0.05);
    }

    function contrast() {
        const wrong = new Set();
        const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
        let texts = 0;
        while (walk.nextNode()) {
            const element = walk.currentNode.parentElement;
            if (!walk.currentNode.data.trim() || !element.getClientRects().length)
                continue;
            const style = getComputedStyle(element), size = parseFloat(style.fontSize);
            const below = background(element);
            const ink = over(colour(element.closest('svg') ? style.fill
                                                           : style.color), below);
            const large = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
            const found = ratio(ink, below);
            texts++;
            if (found < (large ? 3 : 4.5))
                wrong.add(`${found.toFixed(2)}:1 <${element.tagName}> ` +
                          short(walk.currentNode.data));
        }
        if (texts < 20)
            wrong.add(`only ${texts} texts were looked at`);
        return [...wrong];
    }

    // Lines and marks of executors, and axes, against what they stand on.
    function marks() {
        const style = getComputedStyle(document.documentElement);
        const probe = name => {
            const element = document.createElement('i');
            element.style.color = style.getPropertyValue(name);
            document.body.append(element);
            const found = colour(getComputedStyle(element).color);
            element.remove();
            return found;
        };
        const paper = probe('--paper');
        return faded(paper).concat(['--faint', ...[1, 2, 3, 4, 5, 6, 7, 8].map(i => `--c${i}`)]
            .map(name => [name, ratio(probe(name), paper)])
            .filter(([, found]) => !(found >= 3))
            .map(([name, found]) => `${name} has ${found.toFixed(2)}:1`));
    }

    // Bars and the like that let the paper through; bands, of less than a half,
    // have an edge of full colour.
    function faded(paper) {
        const wrong = new Set();
        for (const shape of document.querySelectorAll('svg path, svg polygon')) {
            const style = getComputedStyle(shape), opacity = style.fillOpacity;
            if (style.fill === 'none' || opacity < 0.5 || opacity === '1')
                continue;
            const fill = over([...colour(style.fill).slice(0, 3), +opacity], paper);
            if (ratio(fill, paper) < 3)
                wrong.add(`${shape.closest('figure').id}: ${style.fill} at ` +
                          `${opacity} has ${ratio(fill, paper).toFixed(2)}:1`);
        }
        return [...wrong];
    }

    return {overlap, drawings, stacked, overflow, contrast, marks};
})();
