using Upstride.Algorithms;
using Upstride.Learning;

namespace Upstride.Models.Segmentation;

/// <summary>Finds the class of every pixel of pictures of any size.</summary>
public sealed class Segmenter : IDisposable
{
    private readonly SegmentationNetwork<float> _network;
    private readonly Tape<float> _tape;

    /// <param name="network">Used as it is: call Eval where it was trained.</param>
    /// <param name="threads">Threads; every core's where null.</param>
    public Segmenter(SegmentationNetwork<float> network, int? threads = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        _network = network;
        _tape = new(new ComputeSettings { Threads = threads ?? Environment.ProcessorCount });
    }

    /// <summary>The class of every pixel: the one of the highest score, the first of equal ones.</summary>
    /// <remarks>Where the size is no multiple of the network's stride, the last row and column are repeated for the network's
    /// eyes.</remarks>
    /// <param name="colours">[height, width, 3], red, green and blue.</param>
    /// <param name="width">Columns.</param>
    /// <param name="height">Rows.</param>
    /// <returns>[height, width].</returns>
    /// <exception cref="ArgumentException">Colours that do not fit the size.</exception>
    public byte[] Segment(ReadOnlySpan<byte> colours, int width, int height)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        if (colours.Length != checked(3 * width * height))
            throw new ArgumentException($"colours holds {colours.Length} bytes, and must hold 3*{width}*{height}", nameof(colours));
        int stride = _network.Settings.Stride;
        int columns = Geometry.Integers.RoundUp(width, stride), rows = Geometry.Integers.RoundUp(height, stride);
        _tape.Reset();
        using NoGradientScope<float> scope = _tape.NoGradient();
        Variable<float> input = _tape.Empty([1, 3, rows, columns]);
        Span<float> values = input.Values;
        for (int y = 0; y < rows; y++)
        {
            ReadOnlySpan<byte> row = colours.Slice(Math.Min(y, height - 1) * width * 3, width * 3);
            for (int x = 0; x < columns; x++)
                for (int channel = 0; channel < 3; channel++)
                    values[(channel * rows + y) * columns + x] = row[Math.Min(x, width - 1) * 3 + channel] / 255f;
        }
        return Best(_network.Forward(input).Values, rows, columns, width, height);
    }

    /// <summary>Judges a network by pictures whose classes are known.</summary>
    /// <param name="pictures">The pictures.</param>
    /// <param name="progress">Told the fraction done.</param>
    /// <param name="cancellationToken">Asked before each picture.</param>
    public ConfusionMatrix Judge(IReadOnlyList<LabelledPicture> pictures, IProgress<double>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(pictures);
        var matrix = new ConfusionMatrix(_network.Settings.Classes.Length);
        for (int i = 0; i < pictures.Count; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            LabelledPicture picture = pictures[i];
            matrix.Add(picture.Labels, Segment(picture.Colours, picture.Width, picture.Height));
            progress?.Report((i + 1.0) / pictures.Count);
        }
        return matrix;
    }

    /// <summary>Releases the memory; the network stays.</summary>
    public void Dispose() => _tape.Dispose();

    private byte[] Best(ReadOnlySpan<float> scores, int rows, int columns, int width, int height)
    {
        byte[] classes = new byte[width * height];
        float[] best = new float[width];
        for (int y = 0; y < height; y++)
        {
            scores.Slice(y * columns, width).CopyTo(best);
            Span<byte> row = classes.AsSpan(y * width, width);
            for (int one = 1; one < _network.Settings.Classes.Length; one++)
            {
                ReadOnlySpan<float> plane = scores.Slice((one * rows + y) * columns, width);
                for (int x = 0; x < width; x++)
                {
                    if (!(plane[x] > best[x])) continue;
                    best[x] = plane[x];
                    row[x] = (byte)one;
                }
            }
        }
        return classes;
    }
}
