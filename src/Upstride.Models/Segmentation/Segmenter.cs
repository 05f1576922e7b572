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

    /// <summary>
    /// Whether a picture is looked at mirrored, too, and the classes' probabilities in both are added: twice the work, and nearer the truth
    /// for a network that was trained on both. A mirrored picture then has the mirrored classes.
    /// </summary>
    public bool SelfEnsemble { get; init; }

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
        ReadOnlySpan<float> scores = Scores(colours, width, height, columns, rows, isMirrored: false);
        if (!SelfEnsemble) return Best(scores, rows, columns, width, height);
        float[] sums = scores.ToArray();
        ReadOnlySpan<float> mirrored = Scores(colours, width, height, columns, rows, isMirrored: true);
        for (int row = 0; row < sums.Length; row += columns)
            for (int x = 0; x < width; x++) sums[row + x] += mirrored[row + width - 1 - x];
        return Best(sums, rows, columns, width, height);
    }

    /// <summary>[class, row, column], of an ensemble the probabilities; valid until the next.</summary>
    private ReadOnlySpan<float> Scores(ReadOnlySpan<byte> colours, int width, int height, int columns, int rows, bool isMirrored)
    {
        _tape.Reset();
        using NoGradientScope<float> scope = _tape.NoGradient();
        Variable<float> input = _tape.Empty([1, 3, rows, columns]);
        Span<float> values = input.Values;
        for (int y = 0; y < rows; y++)
        {
            ReadOnlySpan<byte> row = colours.Slice(Math.Min(y, height - 1) * width * 3, width * 3);
            for (int x = 0; x < columns; x++)
            {
                int from = isMirrored ? Math.Max(width - 1 - x, 0) : Math.Min(x, width - 1);
                for (int channel = 0; channel < 3; channel++) values[(channel * rows + y) * columns + x] = row[from * 3 + channel] / 255f;
            }
        }
        Variable<float> scores = _network.Forward(input);
        return (SelfEnsemble ? Functions.Softmax(scores, 1) : scores).Values;
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
