using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.InteropServices;
using Upstride.Geometry;

namespace Upstride.Explain.Computing;

/// <summary>
/// Where the numbers of an input, of weights or of a bias come from, in one grammar for the tool and the explorer: <c>index</c> (1, 2, 3
/// ...),
/// <c>ones</c>, <c>bilinear</c> (the tent), <c>random:7</c> (integers -9 to 9), <c>impulse:1,1</c>, <c>1,-2,3</c> (row by row),
/// <c>f.</c> and base64url of float32, or <c>symbols</c> (names instead of numbers).
/// </summary>
public sealed record ValueSource
{
    private const int RandomLimit = 9;

    private ValueSource(string text, ImmutableArray<double> numbers)
    {
        Text = text;
        Numbers = numbers;
    }

    /// <summary>1, 2, 3 ... row by row.</summary>
    public static ValueSource Index { get; } = new("index", []);

    /// <summary>Ones.</summary>
    public static ValueSource Ones { get; } = new("ones", []);

    /// <summary>Names instead of numbers; the numbers behind them are those of <see cref="Index"/>.</summary>
    public static ValueSource Symbols { get; } = new("symbols", []);

    /// <summary>What was read, as it is written in an address.</summary>
    public string Text { get; }

    /// <summary>Whether names are shown instead of numbers.</summary>
    public bool IsSymbolic => Text is "symbols";

    /// <summary>Whether the numbers were given one by one, so that they fit one size alone.</summary>
    public bool IsListed => Numbers.Length > 0 && !Text.StartsWith("impulse:", StringComparison.Ordinal);

    private ImmutableArray<double> Numbers { get; }

    /// <summary>These numbers, row by row.</summary>
    public static ValueSource Of(IEnumerable<double> numbers)
    {
        ArgumentNullException.ThrowIfNull(numbers);
        ImmutableArray<double> values = [.. numbers];
        return values.All(double.IsInteger) && values.Length > 0
            ? new(string.Join(',', values.Select(static value => value.ToString("R", CultureInfo.InvariantCulture))), values)
            : new("f." + Encode(values), values);
    }

    /// <summary>Reads the grammar.</summary>
    /// <exception cref="FormatException">Something else; the message lists what there is.</exception>
    public static ValueSource Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text switch
        {
            "index" => Index,
            "ones" => Ones,
            "symbols" => Symbols,
            "bilinear" => new(text, []),
            _ when text.StartsWith("random:", StringComparison.Ordinal)
                && ulong.TryParse(text.AsSpan(7), NumberStyles.None, CultureInfo.InvariantCulture, out _) => new(text, []),
            _ when text.StartsWith("impulse:", StringComparison.Ordinal) => new(text, [.. Integers(text, text[8..])]),
            _ when text.StartsWith("f.", StringComparison.Ordinal) => new(text, Decode(text)),
            _ => new(text, [.. Reals(text)]),
        };
    }

    /// <summary>The numbers of an array.</summary>
    /// <param name="parameter">What errors call it.</param>
    /// <param name="channels">The lengths in front of the spatial axes: [channels] or [input, output].</param>
    /// <param name="space">The spatial axes, outermost first.</param>
    /// <exception cref="GeometryException">Another number of values, or an impulse outside.</exception>
    public ImmutableArray<double> Fill(string parameter, ReadOnlySpan<int> channels, ReadOnlySpan<int> space)
    {
        int planes = 1, plane = 1;
        foreach (int length in channels) planes *= length;
        foreach (int length in space) plane *= length;
        int count = checked(planes * plane);
        if (Text is "index" or "symbols") return [.. Enumerable.Range(1, count).Select(static value => (double)value)];
        if (Text is "ones") return [.. Enumerable.Repeat(1.0, count)];
        if (Text is "bilinear") return Repeat(Tent(space, plane), planes);
        if (Text.StartsWith("random:", StringComparison.Ordinal))
        {
            var random = new SplitMix(ulong.Parse(Text.AsSpan(7), NumberStyles.None, CultureInfo.InvariantCulture));
            return [.. Enumerable.Range(0, count).Select(_ => (double)random.Integer(RandomLimit))];
        }
        if (Text.StartsWith("impulse:", StringComparison.Ordinal)) return Repeat(Impulse(parameter, space, plane), planes);
        if (Numbers.Length != count)
            throw Fault(parameter,
                $"{parameter} has {Numbers.Length} values, and its shape [{string.Join(", ", [.. channels, .. space])}] needs {count}: "
                    + $"give {count}");
        return Numbers;
    }

    /// <inheritdoc/>
    public bool Equals(ValueSource? other) => other is not null && string.Equals(Text, other.Text, StringComparison.Ordinal);

    /// <inheritdoc/>
    public override int GetHashCode() => Text.GetHashCode(StringComparison.Ordinal);

    /// <summary>The text of the grammar.</summary>
    public override string ToString() => Text;

    internal static GeometryException Fault(string parameter, Sentence message) => new(new GeometryError(parameter, message));

    private static double[] Tent(ReadOnlySpan<int> space, int plane)
    {
        nint[] kernel = [.. space.ToArray().Select(static length => (nint)length)];
        var tent = new double[plane];
        BilinearKernel.Fill(kernel, tent.AsSpan());
        return tent;
    }

    private double[] Impulse(string parameter, ReadOnlySpan<int> space, int plane)
    {
        if (Numbers.Length != space.Length)
            throw Fault(parameter, $"{Text} has {Numbers.Length} positions, and there are {space.Length} axes: give one for each");
        int at = 0;
        for (int a = 0; a < space.Length; a++)
        {
            if (Numbers[a] < 0 || Numbers[a] >= space[a])
                throw Fault(parameter, $"{Text} lies outside: position {Numbers[a]} on axis {a}, and there are 0 .. {space[a] - 1}");
            at = at * space[a] + (int)Numbers[a];
        }
        var values = new double[plane];
        values[at] = 1;
        return values;
    }

    private static ImmutableArray<double> Repeat(double[] plane, int planes) =>
        [.. Enumerable.Repeat(plane, planes).SelectMany(static one => one)];

    private static IEnumerable<double> Integers(string text, string list) => list.Split(',').Select(part =>
        int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int value) ? (double)value : throw Unknown(text));

    private static IEnumerable<double> Reals(string text) => text.Split(',').Select(part =>
        double.TryParse(part, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && double.IsFinite(value) ? value
            : throw Unknown(text));

    private static UnreadableException Unknown(string text) => new(
        $"'{(text.Length > 40 ? text[..40] + "..." : text)}' is no source of values: index, ones, bilinear, random:7, impulse:1,1, "
            + $"symbols, or numbers joined by commas");

    private static string Encode(ImmutableArray<double> values)
    {
        float[] narrow = [.. values.Select(static value => (float)value)];
        byte[] bytes = MemoryMarshal.AsBytes(narrow.AsSpan()).ToArray();
        if (!BitConverter.IsLittleEndian) for (int i = 0; i < bytes.Length; i += 4) Array.Reverse(bytes, i, 4);
        return System.Buffers.Text.Base64Url.EncodeToString(bytes);
    }

    private static ImmutableArray<double> Decode(string text)
    {
        byte[] bytes;
        try
        {
            bytes = System.Buffers.Text.Base64Url.DecodeFromChars(text.AsSpan(2));
        }
        catch (FormatException)
        {
            throw Unknown(text);
        }
        if (bytes.Length % 4 != 0) throw Unknown(text);
        var values = new double[bytes.Length / 4];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = System.Buffers.Binary.BinaryPrimitives.ReadSingleLittleEndian(bytes.AsSpan(4 * i));
            if (!double.IsFinite(values[i])) throw Unknown(text);
        }
        return [.. values];
    }
}
