using System.Collections.Immutable;
using System.Numerics;
using Upstride.Learning.Randomness;
using Upstride.Operators;
using Upstride.Threading;

namespace Upstride.Models.Data;

/// <summary>
/// Training pictures, augmented, from which aligned pairs of small and large patches are drawn: every picture at several sizes, each size
/// with
/// the small picture that MATLAB's bicubic imresize makes of it, and every patch in one of the eight ways a square is turned and mirrored.
/// </summary>
/// <remarks>
/// Source: Dong et al., "Accelerating the Super-Resolution Convolutional Neural Network", 2016, section 4.1: downscaled by 0.9, 0.8, 0.7,
/// 0.6 and
/// rotated by 90, 180, 270 degrees; mirrored besides. imresize is the same for every axis and direction, so that turning a patch is turning
/// its
/// picture before: the pictures need not be kept eight times.
/// </remarks>
public sealed class PatchSet
{
    /// <summary>The sizes of the augmentation, as parts of the original.</summary>
    public static IReadOnlyList<double> Sizes { get; } = [1, 0.9, 0.8, 0.7, 0.6];

    /// <summary>The ways a square is turned and mirrored.</summary>
    public const int Symmetries = 8;

    private readonly Pair[] _pairs;

    // Of each scale, how many positions the pairs up to and with each have: a patch is drawn from all positions of all pictures alike.
    private readonly long[][] _positions;

    private PatchSet(ImmutableArray<int> scales, int patch, Degradation? degradation, Teacher? teacher, Pair[] pairs)
    {
        Degradation = degradation;
        Teacher = teacher;
        Scales = scales;
        Patch = patch;
        _pairs = pairs;
        _positions = [.. scales.Select(scale =>
        {
            var positions = new long[pairs.Length];
            long sum = 0;
            for (int i = 0; i < pairs.Length; i++) positions[i] = sum += pairs[i].Positions(patch, Scale / scale);
            return positions;
        })];
    }

    /// <summary>How many times as wide and high the large patch is; of several scales the largest.</summary>
    public int Scale => Scales[^1];

    /// <summary>How many times as wide and high as a small patch the large patch can be, rising.</summary>
    public ImmutableArray<int> Scales { get; }

    /// <summary>Columns and rows of the small patch, at the largest scale: large patches are as large at all scales.</summary>
    public int Patch { get; }

    /// <summary>What the small pictures went through; null for nothing.</summary>
    public Degradation? Degradation { get; }

    /// <summary>Who takes part in what is learned; null for the pictures alone.</summary>
    public Teacher? Teacher { get; }

    /// <summary>The augmented pictures that a patch is drawn from.</summary>
    public int Pictures => _pairs.Length;

    /// <summary>The places where a patch can lie, over all pictures, at the largest scale.</summary>
    public long Positions => _positions[^1][^1];

    /// <summary>Augments pictures. Those too small for one patch are left out.</summary>
    /// <param name="pictures">Luma, rounded to whole levels here.</param>
    /// <param name="scale">How many times as wide and high the large patch is.</param>
    /// <param name="patch">Columns and rows of the small patch.</param>
    /// <param name="margin">By how many small pixels each picture is continued by its border, for patches that reach beyond.</param>
    /// <param name="degradation">What the small pictures go through; null for nothing.</param>
    /// <param name="seed">Of what is random in that.</param>
    /// <param name="teacher">A network of this scale that takes part in what is learned; null for the pictures alone.</param>
    /// <param name="progress">Told the fraction done.</param>
    /// <param name="cancellationToken">Ends the work early.</param>
    /// <exception cref="ArgumentException">No picture is large enough for a patch, or the teacher has another scale.</exception>
    public static PatchSet Create(IReadOnlyList<LumaPlane> pictures, int scale, int patch, int margin = 0, Degradation? degradation = null,
        long seed = 1, Teacher? teacher = null, IProgress<double>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(scale, 2);
        return Create(pictures, [scale], patch, margin, degradation, seed, teacher, progress, cancellationToken);
    }

    /// <summary>Augments pictures for several scales, whose small patches show the same part of a picture. Those too small for one patch
    /// are left out.</summary>
    /// <param name="pictures">Luma, rounded to whole levels here.</param>
    /// <param name="scales">How many times as wide and high the large patch is: each at least 2 and a divisor of the last, rising.</param>
    /// <param name="patch">Columns and rows of the small patch at the last scale.</param>
    /// <param name="margin">By how many pixels, small at the last scale, each picture is continued by its border.</param>
    /// <param name="degradation">What the small pictures go through; null for nothing.</param>
    /// <param name="seed">Of what is random in that.</param>
    /// <param name="teacher">A network of the scale, where there is but one, that takes part in what is learned; null for the pictures
    /// alone.</param>
    /// <param name="progress">Told the fraction done.</param>
    /// <param name="cancellationToken">Ends the work early.</param>
    /// <exception cref="ArgumentException">No picture is large enough for a patch, scales that are not such, or a teacher of other
    /// scales.</exception>
    public static PatchSet Create(IReadOnlyList<LumaPlane> pictures, IReadOnlyList<int> scales, int patch, int margin = 0,
        Degradation? degradation = null, long seed = 1, Teacher? teacher = null, IProgress<double>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(pictures);
        ArgumentNullException.ThrowIfNull(scales);
        ImmutableArray<int> rising = [.. scales];
        if (rising.IsEmpty || rising[0] < 2 || !rising.SequenceEqual(rising.Distinct().Order())
            || rising.Any(scale => rising[^1] % scale != 0))
            throw new ArgumentException(
                $"scales must rise, be at least 2 and divide the last: {string.Join(", ", rising)}", nameof(scales));
        ArgumentOutOfRangeException.ThrowIfLessThan(patch, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(margin);
        if (teacher is not null && (rising is not [var scale] || scale != teacher.Network.Scale))
            throw new ArgumentException(
                $"the teacher must have the scale of the patches: {teacher.Network.Scale} and {string.Join(", ", rising)}",
                nameof(teacher));
        var pairs = new Pair?[pictures.Count * Sizes.Count];
        int done = 0;
        ParallelLoop.Run(pictures.Count, Environment.ProcessorCount, i =>
        {
            for (int size = 0; size < Sizes.Count; size++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                int place = i * Sizes.Count + size;
                pairs[place] = Augment(pictures[i].Rounded(), Sizes[size], rising, patch, margin,
                    small => degradation?.Apply(small, seed, place) ?? small,
                    pair => teacher?.Mix(pair, cancellationToken) ?? pair.Large);
            }
            progress?.Report((double)Interlocked.Increment(ref done) / pictures.Count);
        });
        Pair[] usable = [.. pairs.OfType<Pair>()];
        return usable.Length > 0
            ? new PatchSet(rising, patch, degradation, teacher, usable)
            : throw new ArgumentException(
            $"width and height of a picture must be at least patch * scale = {patch} * {rising[^1]} = {(long)patch * rising[^1]}, and no picture's "
                + $"are: give larger pictures or a smaller patch", nameof(patch));
    }

    /// <summary>Draws one patch: the random numbers decide the picture, the place and the turn.</summary>
    /// <param name="random">Where the random numbers come from; three are taken.</param>
    /// <param name="small">The small patch, [<see cref="Patch"/>, <see cref="Patch"/>], in 0 to 1.</param>
    /// <param name="large">The large patch, <see cref="Scale"/> times as wide and high, in 0 to 1.</param>
    public void Draw(RandomSource random, Span<float> small, Span<float> large) => Draw(random, Scale, small, large);

    /// <summary>Draws one patch of a scale.</summary>
    /// <param name="random">Where the random numbers come from; three are taken.</param>
    /// <param name="scale">One of <see cref="Scales"/>.</param>
    /// <param name="small">The small patch, square, <paramref name="scale"/> times smaller than the large one, in 0 to 1.</param>
    /// <param name="large">The large patch, <see cref="Scale"/> * <see cref="Patch"/> wide and high, in 0 to 1.</param>
    /// <exception cref="ArgumentException">Another scale, or lengths that are not those.</exception>
    public void Draw(RandomSource random, int scale, Span<float> small, Span<float> large)
    {
        ArgumentNullException.ThrowIfNull(random);
        int place = Scales.IndexOf(scale), times = Scale / Math.Max(scale, 1), patch = Patch * times;
        if (place < 0) throw new ArgumentException($"scale must be one of {string.Join(", ", Scales)}: {scale}", nameof(scale));
        long[] positions = _positions[place];
        long position = (long)(random.NextUniform() * positions[^1]);
        int index = Array.BinarySearch(positions, position + 1);
        Pair pair = _pairs[index < 0 ? ~index : index];
        int x = random.NextInt(pair.Columns(Patch, times)), y = random.NextInt(pair.Rows(Patch, times));
        int symmetry = random.NextInt(Symmetries);
        Read(pair.Small[place], pair.Width * times, x, y, patch, symmetry, small);
        Read(pair.Large, pair.Width * Scale, x * scale, y * scale, patch * scale, symmetry, large);
    }

    // Symmetry: bit 0 mirrors columns, bit 1 mirrors rows, bit 2 exchanges rows and columns.
    private static void Read<T>(T[] plane, int width, int x, int y, int patch, int symmetry, Span<float> destination)
        where T : INumberBase<T>
    {
        if (destination.Length != patch * patch)
            throw new ArgumentException($"a patch has {patch} * {patch} = {patch * patch} levels: {destination.Length}",
                nameof(destination));
        (int first, int column) = (symmetry & 1) == 0 ? (x, 1) : (x + patch - 1, -1);
        (int top, int row) = (symmetry & 2) == 0 ? (y, width) : (y + patch - 1, -width);
        if ((symmetry & 4) != 0) (column, row) = (row, column);
        int start = top * width + first;
        for (int r = 0, i = 0; r < patch; r++)
            for (int c = 0, source = start + r * row; c < patch; c++, source += column, i++)
                destination[i] = float.CreateTruncating(plane[source]) / LumaPlane.Peak;
    }

    private static Pair? Augment(LumaPlane picture, double size, ImmutableArray<int> scales, int patch, int margin,
        Func<LumaPlane, LumaPlane> degrade, Func<LumaPair, LumaPlane> target)
    {
        int width = (int)Math.Ceiling(picture.Width * size), height = (int)Math.Ceiling(picture.Height * size), scale = scales[^1];
        if (Math.Min(width / scale, height / scale) < patch) return null;
        LumaPlane resized = size == 1 ? picture : picture.Resize(width, height, ImresizeRounding.Byte);
        LumaPlane large = resized.CropToMultiple(scale);
        LumaPair[] sizes = [.. scales.Select(one => LumaPair.Create(large, one))];
        LumaPlane[] small = [.. scales.Select((one, i) => degrade(sizes[i].Small).Continue(margin * scale / one))];
        large = target(sizes[^1]).Continue(scale * margin);
        return new(small[^1].Width, small[^1].Height, [.. small.Select(static plane => plane.Levels.ToArray())],
            [.. large.Levels.ToArray().Select(static level => (byte)level)]);
    }

    /// <summary>An augmented picture: sizes at the largest scale, small pictures of each scale. The large one's levels are whole, and kept
    /// in bytes.</summary>
    private sealed record Pair(int Width, int Height, float[][] Small, byte[] Large)
    {
        // How many times as wide and high as at the largest scale both the picture and the patch are.
        public int Columns(int patch, int times) => (Width - patch) * times + 1;

        public int Rows(int patch, int times) => (Height - patch) * times + 1;

        public long Positions(int patch, int times) => (long)Columns(patch, times) * Rows(patch, times);
    }
}
