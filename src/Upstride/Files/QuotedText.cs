namespace Upstride.Files;

/// <summary>Text from a file for a message: files may be hostile, and megabytes of them help nobody.</summary>
internal static class QuotedText
{
    /// <summary>Its beginning, without control characters, which would move a terminal's cursor.</summary>
    /// <param name="text">What the file holds.</param>
    /// <param name="longest">Characters that are shown; dots stand for the others.</param>
    public static string Of(string text, int longest)
    {
        string start = text.Length <= longest ? text : text[..longest] + "...";
        return string.Concat(start.Select(static one => char.IsControl(one) ? '?' : one));
    }
}
