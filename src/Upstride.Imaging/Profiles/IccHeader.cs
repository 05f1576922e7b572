namespace Upstride.Imaging.Profiles;

/// <summary>The head of an ICC profile (ICC.1, 7.2).</summary>
internal static class IccHeader
{
    private const int Length = 128;

    /// <summary>The colour space that a profile is for: "RGB ", "GRAY", "CMYK"; empty where it is no profile.</summary>
    public static string ColorSpace(ReadOnlySpan<byte> profile) => profile.Length >= Length && profile.Slice(36, 4).SequenceEqual("acsp"u8)
        ? System.Text.Encoding.ASCII.GetString(profile.Slice(16, 4))
        : "";

    /// <summary>Whether a profile is for samples of one or of three colours.</summary>
    public static bool Fits(ReadOnlySpan<byte> profile, int colors) => ColorSpace(profile) is "GRAY" ? colors == 1 : ColorSpace(profile) is "RGB " && colors == 3;
}
