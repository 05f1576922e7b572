using System.Text;
using Upstride.Explain.Figures;
using Upstride.Explain.Teaching;

namespace Upstride.Explain.Rendering;

/// <summary>Writes figures and texts as one page that needs nothing else: no script, no request.</summary>
public static class HtmlRenderer
{
    /// <summary>The page.</summary>
    /// <param name="title">Its title.</param>
    /// <param name="language">Of its texts.</param>
    /// <param name="figures">The figures, one below the other.</param>
    /// <param name="lines">Lines of text above the figures, as they are.</param>
    public static string Render(string title, Language language, IEnumerable<Figure> figures, IEnumerable<string> lines)
    {
        ArgumentNullException.ThrowIfNull(figures);
        ArgumentNullException.ThrowIfNull(lines);
        var html = new StringBuilder();
        html.Append("<!DOCTYPE html>\n<html lang=\"").Append(language == Language.Chinese ? "zh-Hans" : "en")
            .Append("\">\n<head>\n<meta charset=\"utf-8\">\n");
        html.Append("<meta name=\"viewport\" content=\"width=device-width\">\n<meta http-equiv=\"Content-Security-Policy\" "
            + "content=\"default-src 'none'; style-src 'unsafe-inline'\">\n");
        html.Append("<title>").Append(SvgRenderer.Escape(title)).Append("</title>\n<style>\n");
        html.Append("body{font:16px system-ui,sans-serif;max-width:960px;margin:1em auto;padding:0 "
            + "1em;color:#1b1f24;background:#fff}svg{max-width:100%;height:auto}pre{overflow:auto}\n");
        html.Append("@media(prefers-color-scheme:dark){body{color:#eceff2;background:#14171a}}\n</style>\n</head>\n<body>\n<h1>")
            .Append(SvgRenderer.Escape(title)).Append("</h1>\n<pre>");
        html.Append(SvgRenderer.Escape(string.Join('\n', lines))).Append("</pre>\n");
        int number = 0;
        foreach (Figure figure in figures) html.Append("<figure>\n").Append(SvgRenderer.Render(figure, $"f{number++}-"))
            .Append("</figure>\n");
        return html.Append("</body>\n</html>\n").ToString();
    }
}
