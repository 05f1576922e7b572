using System.Text;

namespace Upstride.Imaging.Netpbm;

/// <summary>The text parts of PBM, PGM, PPM and PFM files: words between white space, comments from # to the line's end.</summary>
internal static class NetpbmText
{
    private const int LongestWord = 64;

    /// <summary>The next word; the one white-space character after it is taken too.</summary>
    public static string ReadWord(ImageInput input, string what)
    {
        int next = SkipSpace(input);
        var word = new StringBuilder();
        for (; next >= 0 && !IsSpace(next); next = input.ReadByte())
        {
            if (word.Length == LongestWord) throw input.Fault($"{what} is longer than {LongestWord} characters");
            word.Append((char)next);
        }
        if (word.Length == 0) throw input.Fault($"truncated: the file ends before {what}");
        return word.ToString();
    }

    /// <summary>The next word as a number in 0..<paramref name="max"/>.</summary>
    public static int ReadNumber(ImageInput input, int max, string what)
    {
        int next = SkipSpace(input);
        if (next < 0) throw input.Fault($"truncated: the file ends before {what}");
        long number = 0;
        for (; next >= 0 && !IsSpace(next); next = input.ReadByte())
        {
            if (next is < '0' or > '9') throw input.Fault($"{what} is not a number: it has {Show(next)}");
            number = number * 10 + next - '0';
            if (number > max) throw input.Fault($"{what} starts with {number}, above {max}");
        }
        return (int)number;
    }

    /// <summary>The next 0 or 1; white space between them may be missing (P1).</summary>
    public static int ReadBit(ImageInput input, string what) => SkipSpace(input) switch
    {
        '0' => 0,
        '1' => 1,
        < 0 => throw input.Fault($"truncated: the file ends before {what}"),
        int other => throw input.Fault($"{what} is {Show(other)}, neither 0 nor 1"),
    };

    // Gives the first character after white space and comments, or -1.
    private static int SkipSpace(ImageInput input)
    {
        int next = input.ReadByte();
        while (IsSpace(next) || next == '#')
        {
            if (next == '#')
                while (next is not (-1 or '\n' or '\r')) next = input.ReadByte();
            if (next >= 0) next = input.ReadByte();
        }
        return next;
    }

    private static bool IsSpace(int character) => character is ' ' or (>= '\t' and <= '\r');

    private static string Show(int character) => character is > ' ' and < 127 ? $"'{(char)character}'" : $"byte 0x{character:X2}";
}
