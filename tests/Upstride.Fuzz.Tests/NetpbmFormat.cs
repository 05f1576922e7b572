using System.Text;

namespace Upstride.Fuzz.Tests;

/// <summary>PBM, PGM, PPM and PFM, word by word of their headers.</summary>
internal sealed class NetpbmFormat : PictureFormat
{
    public override string Name => "netpbm";

    public override IReadOnlyList<byte[]> Seeds { get; } =
    [
        .. ((string[])["P1 3 2 101010", "P2 2 2 300 0 1 200 300", "P3 1 2 255 1 2 3 4 5 6", "P4 9 2 abcd", "P5 3 2 120 abcdef",
            "P6 1 2 1000 \u0001a\u0001a\u0001a\u0001a\u0001a\u0001a", "Pf 2 1 -1.0 abcdabcd", "PF 1 1 2e1 abcdabcdabcd"])
            .Select(Encoding.Latin1.GetBytes),
    ];

    public override byte[] Mutant(Random random)
    {
        var words = new List<string>(Encoding.Latin1.GetString(Numbers.Pick(Seeds, random)).Split(' '));
        for (int change = random.Next(1, 4); change > 0 && words.Count > 0; change--)
        {
            int at = random.Next(Math.Min(words.Count, 5));
            switch (random.Next(7))
            {
                case 0 or 1: words[at] = Numbers.Next(random).ToString(System.Globalization.CultureInfo.InvariantCulture); break;
                case 2: words[0] = Numbers.Pick(["P1", "P2", "P3", "P4", "P5", "P6", "P7", "Pf", "PF"], random); break;
                case 3: words.RemoveAt(at); break;
                case 4: words.Insert(at,
                    Numbers.Pick(["#", "# a comment\n", "\n", "-1", "1e999", "NaN", "0x10", "99999999999999999999"], random)); break;
                case 5: words[^1] = Encoding.Latin1.GetString(Numbers.Scramble(Encoding.Latin1.GetBytes(words[^1]), random)); break;
                default: words[^1] += new string('a', random.Next(1 << random.Next(16))); break;
            }
        }
        return Encoding.Latin1.GetBytes(string.Join(random.Next(5) == 0 ? "\n" : " ", words));
    }
}
