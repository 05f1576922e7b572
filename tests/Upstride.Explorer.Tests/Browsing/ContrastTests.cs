namespace Upstride.Explorer.Tests.Browsing;

/// <summary>
/// Every text of every page against what lies beneath it, composed from the colours that the browser computed: at least 4.5, of large
/// text 3 (WCAG 2.2, AA, 1.4.3).
/// </summary>
public class ContrastTests(Site site)
{
    private const string Measure =
        """
        () => {
          // What does not take the pointer lies there all the same.
          const sheet = new CSSStyleSheet();
          sheet.replaceSync('* { pointer-events: auto !important; animation: none !important; transition: none !important }');
          document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
          const color = text => {
            const n = text.match(/[\d.]+/g)?.map(Number) ?? [0, 0, 0, 0];
            return text === 'none' || text === 'transparent' ? [0, 0, 0, 0] : [n[0], n[1], n[2], n[3] ?? 1];
          };
          const over = (top, below) => [0, 1, 2].map(i => top[i] * top[3] + below[i] * (1 - top[3])).concat(1);
          const light = c => {
            const [r, g, b] = c.map(v => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
            return 0.2126 * r + 0.7152 * g + 0.0722 * b;
          };
          const contrast = (a, b) => (Math.max(light(a), light(b)) + 0.05) / (Math.min(light(a), light(b)) + 0.05);
          const opacity = element => {
            let all = 1;
            for (let e = element; e; e = e.parentElement) all *= +getComputedStyle(e).opacity;
            return all;
          };
          const isShape = e => e instanceof SVGGeometryElement;
          const fill = e => {
            const style = getComputedStyle(e), c = isShape(e) ? color(style.fill) : color(style.backgroundColor);
            return [c[0], c[1], c[2], c[3] * (isShape(e) ? +style.fillOpacity : 1) * +style.opacity];
          };
          const faults = [], seen = { count: 0, svg: 0 };
          const check = (element, x, y, text) => {
            const stack = document.elementsFromPoint(x, y), at = stack.indexOf(element);
            if (at < 0) return;
            let ground = [255, 255, 255, 1];
            for (const e of stack.slice(at).reverse()) if (!(e instanceof SVGTextContentElement)) ground = over(fill(e), ground);
            const style = getComputedStyle(element), svg = element instanceof SVGElement;
            const ink = color(svg ? style.fill : style.color), size = parseFloat(style.fontSize);
            ink[3] *= opacity(element);
            const needed = size >= 24 || (size >= 18.66 && +style.fontWeight >= 700) ? 3 : 4.5;
            const found = contrast(over(ink, ground), ground);
            seen.count++;
            if (svg) seen.svg++;
            const name = `${element.tagName}#${element.id}.${element.getAttribute('class')}`;
            if (found < needed)
              faults.push(`${found.toFixed(2)} of ${needed}: "${text.trim().slice(0, 40)}" in ${name} on ${ground.slice(0, 3).map(Math.round)}`);
          };
          const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
          for (let node; (node = walk.nextNode());) {
            const parent = node.parentElement;
            if (!node.data.trim() || parent.closest('.away,.skip,:disabled,option,script') || !parent.checkVisibility()) continue;
            const range = document.createRange();
            range.selectNodeContents(node);
            const box = range.getClientRects()[0];
            if (box && box.width > 0) check(parent, box.left + box.width / 2, box.top + box.height / 2, node.data);
          }
          for (const control of document.querySelectorAll('input[type=number],input[type=text],textarea,select')) {
            const box = control.getBoundingClientRect();
            if (box.width > 0 && !control.disabled) check(control, box.left + 8, box.top + box.height / 2, control.value);
          }
          document.adoptedStyleSheets = document.adoptedStyleSheets.filter(one => one !== sheet);
          return [String(seen.count), String(seen.svg), ...new Set(faults)];
        }
        """;

    public static TheoryData<string, string, int> Pages => new()
    {
        { "op/i3x3-k3-s2-p1-o1/at2,3", "#o1-2", 700 },
        { "op/i3x3-k3-s2-p1-o1/t=4", "#o1-2", 700 },
        { "op/i3x3-k3-s2-p1-o1/view=phases/vs=tensorflow/x=1,-2,3,-4,5,-6,7,-8,9", "#vs-1", 250 },
        { "op/i4-k5-s3-p1/m=learn/view=gather/lang=zh", "#other-caption", 200 },
        { "op/i3x3-k3-p9", "#fault", 60 },
        { "check/i8x8-k3-s2-p1-o1/w=ones", "svg.chart", 200 },
        { "check/i8x8-k4-s2-p1/cure=equalize", "#cure-equalize", 200 },
        { "picture", "#psnr-fsrcnn", 40 },
        { "model", "#layers", 40 },
    };

    [Theory]
    [MemberData(nameof(Pages))]
    public async Task Every_text_can_be_read_in_the_light_and_in_the_dark(string address, string ready, int least)
    {
        await using Visit visit = await site.VisitAsync("#" + address, width: 1700, height: 6000);
        await visit.UntilAsync($"document.querySelector('{ready}')");
        string ground = "";
        foreach (bool dark in (bool[])[false, true])
        {
            await visit.Page.EmulateMediaAsync(new() { ColorScheme = dark ? Microsoft.Playwright.ColorScheme.Dark
                : Microsoft.Playwright.ColorScheme.Light });
            string other = await visit.Page.EvaluateAsync<string>("getComputedStyle(document.body).backgroundColor");
            Assert.NotEqual(ground, other);
            ground = other;
            string[] found = await visit.Page.EvaluateAsync<string[]>(Measure);
            Assert.True(found.Length == 2, $"{address}, {(dark ? "dark" : "light")}:\n{string.Join('\n', found[2..])}");
            Assert.True(int.Parse(found[0], System.Globalization.CultureInfo.InvariantCulture) >= least,
                $"{address}: only {found[0]} texts were measured, {found[1]} of them in figures");
        }
    }
}
