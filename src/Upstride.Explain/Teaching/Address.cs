using System.Collections.Immutable;
using System.Globalization;
using Upstride.Explain.Computing;
using Upstride.Explain.Scenes;
using Upstride.Geometry;

namespace Upstride.Explain.Teaching;

/// <summary>What an address says.</summary>
/// <param name="State">The state of all parts that were understood.</param>
/// <param name="Skipped">The parts that were not, each with the reason.</param>
/// <param name="IsNewer">Whether a newer version wrote it.</param>
public sealed record ReadAddress(ExplorerState State, ImmutableArray<string> Skipped, bool IsNewer);

/// <summary>
/// The address of a state: <c>#op/i3x3-k3-s2-p1-o1/at2,3/view=gather</c>. Defaults are not written; parts come in any order; what is not
/// understood is
/// named and skipped.
/// </summary>
public static class Address
{
    private const int Version = 1;

    // Values beyond this stay out of the address.
    private const int LongestValues = 8000;

    private static readonly (string Word, Page Page)[] Pages =
        [("op", Page.Operator), ("check", Page.Checkerboard), ("picture", Page.Picture), ("model", Page.Model)];

    private static readonly string[] Methods = ["nearest", "bilinear", "bicubic", "nails", "unpool", "transposed", "resize", "learn",
        "fsrcnn"];

    /// <summary>The address of a state, with its number sign.</summary>
    public static string Write(ExplorerState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        var plain = new ExplorerState();
        var parts = new List<string> { Array.Find(Pages, page => page.Page == state.Page).Word };
        string geometry = GeometryOf(state, plain);
        if (geometry.Length > 0) parts.Add(geometry);
        if (state.Pin is { } pin) parts.Add($"{Word(pin.Kind)}{string.Join(',', pin.Position)}");
        void Add(bool given, string key, string value)
        {
            if (given && value.Length <= LongestValues) parts.Add($"{key}={value}");
        }
        Add(state.ShownInput != 0 || state.ShownOutput != 0, "ch",
            string.Create(CultureInfo.InvariantCulture, $"{state.ShownInput},{state.ShownOutput}"));
        Add(state.Framework != plain.Framework, "f", Lower(state.Framework));
        Add(state.Versus is not null, "vs", state.Versus is { } versus ? Lower(versus) : "");
        Add(state.X != plain.X, "x", state.X.Text);
        Add(state.W != plain.W, "w", state.W.Text);
        Add(state.Bias is not null, "b", state.Bias?.Text ?? "");
        Add(state.View != plain.View, "view", Lower(state.View));
        Add(state.Step is not null, "t", $"{state.Step}");
        Add(state.Cure is not null, "cure", state.Cure ?? "");
        Add(!string.Equals(state.Method, plain.Method, StringComparison.Ordinal), "m", state.Method);
        Add(state.Language != plain.Language, "lang", "zh");
        Add(state.Scale != plain.Scale, "z", $"{state.Scale}");
        return "#" + string.Join('/', parts);
    }

    /// <summary>Whether a state has more numbers than its address says, so that it opens without them.</summary>
    public static bool LeavesOut(ExplorerState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        return Math.Max(state.X.Text.Length, Math.Max(state.W.Text.Length, state.Bias?.Text.Length ?? 0)) > LongestValues;
    }

    /// <summary>Reads an address, with or without its number sign; an empty one is the worked example.</summary>
    /// <param name="address">The address.</param>
    /// <param name="language">The language where the address names none.</param>
    public static ReadAddress Read(string address, Language language = Language.English)
    {
        ArgumentNullException.ThrowIfNull(address);
        string text = address.StartsWith('#') ? address[1..] : address;
        if (text.Length == 0) return new(ExplorerState.Worked with { Language = language }, [], IsNewer: false);
        var skipped = new List<(string Part, FormatException Fault)>();
        var state = new ExplorerState { Language = language };
        bool newer = false;
        List<string> parts = [.. text.Split('/')];
        if (int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out int version))
        {
            newer = version > Version;
            parts.RemoveAt(0);
        }
        int page = parts.Count == 0 ? -1 : Array.FindIndex(Pages, one => string.Equals(one.Word, parts[0], StringComparison.Ordinal));
        if (page >= 0)
        {
            state = state with { Page = Pages[page].Page };
            parts.RemoveAt(0);
        }
        foreach (string part in parts)
        {
            try
            {
                state = ReadPart(state, Uri.UnescapeDataString(part));
            }
            catch (FormatException fault)
            {
                skipped.Add((part.Length > 40 ? part[..40] + "..." : part, fault));
            }
        }
        var texts = Texts.Of(state.Language);
        return new(state, [.. skipped.Select(one => $"{one.Part}: {texts.Refusal(one.Fault)}")], newer);
    }

    /// <summary>The arguments of <c>upstride explain</c> (or <c>check</c>) that show the same.</summary>
    public static string Command(ExplorerState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        var words = new List<string>();
        bool check = state.Page == Page.Checkerboard;
        words.Add(check ? "upstride check" : "upstride explain");
        if (!check) words.Add($"--input {Axes(state.Input)}");
        words.Add($"--kernel {Axes(state.Kernel)}");
        if (!IsOne(state.Stride)) words.Add($"--stride {Axes(state.Stride)}");
        if (!IsOne(state.Dilation)) words.Add($"--dilation {Axes(state.Dilation)}");
        if (check)
        {
            if (state.W.Text is not "ones") words.Add($"--weight {state.W.Text}");
            return string.Join(' ', words);
        }
        if (state.Padding is { } padding)
            words.Add(padding.Auto != OnnxAutoPad.NotSet ? $"--auto-pad {(padding.Auto == OnnxAutoPad.Valid ? "valid" : "same")}"
                : $"--padding {Ends(padding)}");
        if (!state.OutputPadding.Values.IsEmpty) words.Add($"--output-padding {Axes(state.OutputPadding)}");
        if (!state.OutputShape.Values.IsEmpty) words.Add($"--output-shape {Axes(state.OutputShape)}");
        if (state.InputChannels != 1 || state.OutputChannels != 1) words.Add($"--channels {state.InputChannels}x{state.OutputChannels}");
        if (state.Groups != 1) words.Add($"--groups {state.Groups}");
        if (state.ShownOutput != 0) words.Add($"--channel {state.ShownOutput}");
        if (state.Framework != Framework.PyTorch) words.Add($"--framework {Lower(state.Framework)}");
        if (state.X != ValueSource.Index) words.Add($"--values={state.X.Text}");
        if (state.W != ValueSource.Index) words.Add($"--weight={state.W.Text}");
        if (state.Bias is not null) words.Add($"--bias={state.Bias.Text}");
        if (state.Language == Language.Chinese) words.Add("--language zh");
        words.Add($"--view {Lower(state.View)}");
        if (state.Pin is { Kind: PinKind.Output } pin) words.Add($"--at {string.Join('x', pin.Position)}");
        if (state.Versus is not null) words.Add("--compare");
        return string.Join(' ', words);
    }

    /// <summary>The arguments of <c>upstride explain</c> that show another upsampler of a state, or the kernel that learns.</summary>
    public static string OtherCommand(ExplorerState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        string language = state.Language == Language.Chinese ? " --language zh" : "";
        string method = state.Method switch
        {
            "nails" => "bed-of-nails", "unpool" => "max-unpool", "resize" => "resize-convolution", { } other => other,
        };
        if (method == "learn") return "upstride explain --learn" + language;
        string kernel = method == "resize-convolution" ? $" --kernel {Axes(state.Kernel)} --weight={state.W.Text}" : "";
        return $"upstride explain --method {method} --scale {state.Scale} --input {Axes(state.Input)}{kernel} --values={state.X.Text}"
            + language;
    }

    private static ExplorerState ReadPart(ExplorerState state, string part)
    {
        int equals = part.IndexOf('=', StringComparison.Ordinal);
        if (equals >= 0) return ReadValue(state, part[..equals], part[(equals + 1)..]);
        foreach (PinKind kind in Enum.GetValues<PinKind>())
        {
            string word = Word(kind);
            if (part.StartsWith(word, StringComparison.Ordinal) && part.Length > word.Length && char.IsAsciiDigit(part[word.Length]))
                return state with { Pin = new(kind, [.. Numbers(part[word.Length..], ',', 0, int.MaxValue)]) };
        }
        foreach (string item in part.Split('-')) state = ReadItem(state, item);
        return state;
    }

    private static ExplorerState ReadItem(ExplorerState state, string item)
    {
        if (item.Length < 2) throw new UnreadableException($"'{item}' is not known");
        string rest = item[1..];
        return item[0] switch
        {
            'i' => state with { Input = Each(rest, 1, ExplorerState.MaximalInput) },
            'k' => state with { Kernel = Each(rest, 1, ExplorerState.MaximalKernel) },
            's' => state with { Stride = Each(rest, 1, ExplorerState.MaximalStep) },
            'd' => state with { Dilation = Each(rest, 1, ExplorerState.MaximalStep) },
            'p' => state with { Padding = ReadPadding(rest) },
            'o' => state with { OutputPadding = Each(rest, 0, ExplorerState.MaximalStep) },
            'y' => state with { OutputShape = Each(rest, 1, 1024) },
            'g' => state with { Groups = Numbers(rest, 'x', 1, ExplorerState.MaximalChannels)[0] },
            'c' when Numbers(rest, 'x', 1, ExplorerState.MaximalChannels) is [var from, var to] =>
                state with { InputChannels = from, OutputChannels = to },
            _ => throw new UnreadableException($"'{item}' is not known"),
        };
    }

    private static ExplorerState ReadValue(ExplorerState state, string key, string value) => key switch
    {
        "ch" when Numbers(value, ',', 0, ExplorerState.MaximalChannels - 1) is [var from, var to] =>
            state with { ShownInput = from, ShownOutput = to },
        "f" => state with { Framework = Choice<Framework>(value) },
        "vs" => state with { Versus = Choice<Framework>(value) },
        "x" => state with { X = ValueSource.Parse(value) },
        "w" => state with { W = ValueSource.Parse(value) },
        "b" => state with { Bias = ValueSource.Parse(value) },
        "view" => state with { View = Choice<View>(value) },
        "t" => state with { Step = Numbers(value, ',', 0, int.MaxValue)[0] },
        "cure" when value.Length is > 0 and < 40 => state with { Cure = value },
        "m" when Methods.Contains(value, StringComparer.Ordinal) => state with { Method = value },
        "lang" when value is "en" or "zh" => state with { Language = value is "zh" ? Language.Chinese : Language.English },
        "z" => state with { Scale = Numbers(value, ',', 2, 4)[0] },
        _ => throw new UnreadableException($"'{key}' is not known, or has no such value"),
    };

    private static PaddingChoice ReadPadding(string text)
    {
        if (text is "same") return new(default, default, OnnxAutoPad.SameUpper);
        if (text is "valid") return new(default, default, OnnxAutoPad.Valid);
        int[][] pairs =
            [.. text.Split('x').Select(static pair => Numbers(pair, '+', -ExplorerState.MaximalInput, ExplorerState.MaximalInput))];
        if (pairs.Any(static pair => pair.Length > 2)) throw new UnreadableException($"'{text}' has more than two ends");
        PerAxis head = PerAxis.Create([.. pairs.Select(static pair => pair[0])]),
            tail = PerAxis.Create([.. pairs.Select(static pair => pair[^1])]);
        return head == tail ? new(head) : new(head, tail);
    }

    private static PerAxis Each(string text, int low, int high)
    {
        int[] values = Numbers(text, 'x', low, high);
        return values.Length is 1 or 2 ? PerAxis.Create(values)
            : throw new UnreadableException($"'{text}' has {values.Length} axes, and there are one or two");
    }

    private static int[] Numbers(string text, char separator, int low, int high) =>
    [
        .. text.Split(separator).Select(part =>
            int.TryParse(part, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value)
            ? value >= low && value <= high ? value : throw new UnreadableException($"{value} lies outside {low} .. {high}")
            : throw new UnreadableException($"'{part}' is no number")),
    ];

    private static T Choice<T>(string value) where T : struct, Enum =>
        Enum.GetValues<T>() is var all
            && Array.FindIndex(all, one => string.Equals(Lower(one), value, StringComparison.Ordinal)) is >= 0 and var at
            ? all[at]
            : throw new UnreadableException($"'{value}' must be one of {string.Join(", ", Enum.GetValues<T>().Select(Lower))}");

    private static string GeometryOf(ExplorerState state, ExplorerState plain)
    {
        var items = new List<string>();
        if (state.Stride != plain.Stride) items.Add("s" + Axes(state.Stride));
        if (state.Dilation != plain.Dilation) items.Add("d" + Axes(state.Dilation));
        if (state.Padding is { } padding) items.Add("p" + Ends(padding));
        if (!state.OutputPadding.Values.IsEmpty) items.Add("o" + Axes(state.OutputPadding));
        if (!state.OutputShape.Values.IsEmpty) items.Add("y" + Axes(state.OutputShape));
        if (state.InputChannels != 1 || state.OutputChannels != 1) items.Add(
            string.Create(CultureInfo.InvariantCulture, $"c{state.InputChannels}x{state.OutputChannels}"));
        if (state.Groups != 1) items.Add($"g{state.Groups}");
        if (items.Count == 0 && state.Input == plain.Input && state.Kernel == plain.Kernel) return "";
        return string.Join('-', (string[])["i" + Axes(state.Input), "k" + Axes(state.Kernel), .. items]);
    }

    private static string Ends(PaddingChoice padding)
    {
        if (padding.Auto == OnnxAutoPad.Valid) return "valid";
        if (padding.Auto != OnnxAutoPad.NotSet) return "same";
        return padding.Tail.Values.IsEmpty
            ? Axes(padding.Head)
            : string.Join('x', padding.Head.Values.Zip(
                padding.Tail.Values, static (head, tail) => string.Create(CultureInfo.InvariantCulture, $"{head}+{tail}")));
    }

    private static bool IsOne(PerAxis values) => values.Values.All(static value => value == 1);

    private static string Axes(PerAxis values) => string.Join('x', values.Values);

    private static string Word(PinKind kind) => kind switch { PinKind.Output => "at", PinKind.Input => "in", _ => "tap" };

    private static string Lower<T>(T value) where T : struct, Enum => value.ToString().ToLowerInvariant();
}
