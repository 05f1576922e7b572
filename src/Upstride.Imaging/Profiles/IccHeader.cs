namespace Upstride.Imaging.Profiles;

/// <summary>The head of an ICC profile (ICC.1, 7.2).</summary>
internal static class IccHeader
{
    private const int Length = 128;

    /// <summary>The colour space that a profile is for: "RGB ", "GRAY", "CMYK"; empty where it is no profile.</summary>
    public static string ColorSpace(ReadOnlySpan<byte> profile) => profile.Length >= Length && profile.Slice(36, 4).SequenceEqual("acsp"u8)
        ? System.Text.Encoding.ASCII.GetString(profile.Slice(16, 4))
        : "";

    /// <summary>Whether a profile is for samples of one or of three colours; what tells no colour space is not judged.</summary>
    public static bool Fits(ReadOnlySpan<byte> profile, int colors) =>
        ColorSpace(profile) switch { "" => true, "GRAY" => colors == 1, "RGB " => colors == 3, _ => false };
}
