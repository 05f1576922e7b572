using System.Text;
using Upstride.Explain.Figures;

namespace Upstride.Explain.Rendering;

/// <summary>The colours of the visual language, in the light and in the dark, and the style sheet of an SVG.</summary>
internal static class SvgStyle
{
    /// <summary>The colours of phase n; ink 1b1f24 is on all of them in both schemes. They repeat after the last.</summary>
    public static string[] Phases { get; } =
    [
        "91cbc6", "fa7c20", "a97cc9", "f5f8b1", "fed252", "a1fff8", "d2deb2", "f0b135",
        "b6c784", "8bdffa", "937af7", "c8729c", "85ad5a", "b6a1c8", "73b6fa", "eb8a99",
    ];

    // Token, fill and line in the light, fill and line in the dark; the page's line is its ink.
    private static readonly (Token Token, string Name, string Fill, string Line, string DarkFill, string DarkLine)[] Colors =
    [
        (Token.Page, "k", "ffffff", "1b1f24", "14171a", "eceff2"),
        (Token.Muted, "m", "ffffff", "59636e", "14171a", "a3acb6"),
        (Token.Input, "i", "d3e6fa", "1a66b0", "16365a", "6cb2f5"),
        (Token.Output, "o", "c9efe9", "0b756b", "0d403c", "45c9bb"),
        (Token.Weight, "w", "fdebbd", "8f5f00", "4a3500", "e5b53d"),
        (Token.Inserted, "z", "f1f2f4", "747c87", "22262b", "7d8794"),
        (Token.Padding, "p", "e3e5e8", "747c87", "2e343a", "7d8794"),
        (Token.Cropped, "c", "ffffff", "6a737d", "14171a", "939ca6"),
        (Token.Highlight, "h", "ffffff", "b0128f", "14171a", "ff7fd8"),
        (Token.Negative, "n", "fbd9d6", "b3261e", "5a1d1a", "ff8f86"),
    ];

    /// <summary>The letter of a token in class names.</summary>
    public static string Name(Token token) => Array.Find(Colors, color => color.Token == token).Name;

    /// <summary>A token's fill and line in the light.</summary>
    public static (string Fill, string Line) Light(Token token)
    {
        var found = Array.Find(Colors, color => color.Token == token);
        return (found.Fill, found.Line);
    }

    /// <summary>The rules that every figure needs.</summary>
    public static string Sheet()
    {
        var css = new StringBuilder();
        css.Append("svg{").Append(Variables(dark: false))
            .Append("background:#fff;font:14px system-ui,sans-serif;font-variant-numeric:tabular-nums}\n");
        css.Append("@media(prefers-color-scheme:dark){svg{").Append(Variables(dark: true)).Append("background:#14171a}}\n");
        css.Append("text{fill:var(--lk)}.t{text-anchor:middle}.x{fill:none}.q{fill:#1b1f24}rect,line,path{stroke-width:1}\n");
        foreach ((Token token, string name, _, _, _, _) in Colors)
        {
            css.Append(".f").Append(name).Append("{fill:var(--f").Append(name).Append(")}.l").Append(name).Append("{stroke:var(--l")
                .Append(name).Append(")}.c")
                .Append(name).Append("{fill:var(--l").Append(name).Append(")}");
            if (token == Token.Highlight) css.Append("rect.lh{stroke-width:3}");
            if (token == Token.Cropped) css.Append(".lc{stroke-dasharray:3 3}");
        }
        return css.Append('\n').ToString();
    }

    /// <summary>
    /// The same for a page that chooses the scheme: the system's, or what its attribute <c>data-scheme</c> says; with a class for each
    /// phase's colour.
    /// </summary>
    public static string SiteSheet()
    {
        string light = Variables(dark: false), dark = Variables(dark: true);
        var css = new StringBuilder();
        css.Append("/* Written by SvgStyle.SiteSheet; a test keeps both equal. */\n:root{color-scheme:light;").Append(light).Append("}\n");
        css.Append("@media(prefers-color-scheme:dark){:root:not([data-scheme=light]){color-scheme:dark;").Append(dark).Append("}}\n");
        css.Append(":root[data-scheme=dark]{color-scheme:dark;").Append(dark).Append("}\n");
        foreach ((_, string name, _, _, _, _) in Colors)
            css.Append(".f").Append(name).Append("{fill:var(--f").Append(name).Append(");stroke:var(--l").Append(name).Append(")}")
                .Append(".c").Append(name).Append("{fill:var(--l").Append(name).Append(")}\n");
        for (int phase = 0; phase < Phases.Length; phase++)
            css.Append(System.Globalization.CultureInfo.InvariantCulture, $".p{phase}{{fill:#{Phases[phase]}}}");
        return css.Append('\n').ToString();
    }

    private static string Variables(bool dark) => string.Concat(Colors.Select(color =>
        $"--f{color.Name}:#{(dark ? color.DarkFill : color.Fill)};--l{color.Name}:#{(dark ? color.DarkLine : color.Line)};"));
}
