using Upstride.Imaging;

namespace Upstride.Models.Inference;

/// <summary>Gives the next row of a picture, top to bottom.</summary>
/// <param name="destination">[width, channels] samples in the machine's byte order.</param>
public delegate void RowSource(Span<byte> destination);

/// <summary>Takes the next row of a picture, top to bottom.</summary>
/// <param name="row">[width, channels] samples in the machine's byte order.</param>
public delegate void RowTarget(ReadOnlySpan<byte> row);

/// <summary>A way to make a picture of another size, with the channels and the sample type that it has.</summary>
public interface IPictureUpscaler
{
    /// <summary>The form of the result.</summary>
    /// <param name="format">The picture's form.</param>
    /// <exception cref="ArgumentException">This picture cannot be made.</exception>
    PictureFormat FormatOf(PictureFormat format);

    /// <summary>Makes the picture.</summary>
    /// <param name="format">The picture's form.</param>
    /// <param name="source">Called for each of the picture's rows.</param>
    /// <param name="target">Called for each of the result's rows.</param>
    /// <param name="progress">Told the fraction done.</param>
    /// <param name="cancellationToken">Asked between parts of the work.</param>
    void Upscale(PictureFormat format, RowSource source, RowTarget target, IProgress<double>? progress = null,
        CancellationToken cancellationToken = default);

    /// <summary>How a picture goes through, in words, before it does: what it takes, and why; null where there is nothing to say.</summary>
    /// <param name="format">The picture's form.</param>
    string? Describe(PictureFormat format) => null;

    /// <summary>How many rows above and below a band of the picture's rows decide on the band's part of the result, where a band with those
    /// around it comes out to the bits of the whole and the result is a whole number of times as high; null where only the whole picture
    /// does.</summary>
    /// <param name="format">The picture's form.</param>
    int? RowReachOf(PictureFormat format) => null;
}
