using Upstride.Learning.Randomness;
using Upstride.Threading;

namespace Upstride.Models.Data;

/// <summary>
/// Synthetic training pictures: leaves of every size fall on each other until nothing else is seen. Discs, ellipses, rectangles and
/// polygons,
/// textured and shaded, their edges anti-aliased and some out of focus; the law of their sizes makes the picture look alike at every scale,
/// as photographs do.
/// </summary>
/// <remarks>Source: Lee, Mumford and Huang, "Occlusion models for natural images: a statistical study of a scale-invariant dead leaves
/// model", 2001:
/// radii are distributed by r^-3. Pictures follow from the seed and their number alone.</remarks>
public sealed class DeadLeaves
{
    // Leaves are drawn until they would cover the picture this many times: e^-6 of it, a four-hundredth, shows the ground, itself a leaf.
    private const double Coverage = 6;

    // Keeps the draws of pictures apart from a run's other draws under the same seed.
    private const long Stream = 2;

    /// <param name="width">Columns.</param>
    /// <param name="height">Rows.</param>
    /// <param name="seed">The seed of the pictures.</param>
    public DeadLeaves(int width, int height, long seed)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        Width = width;
        Height = height;
        Seed = seed;
    }

    /// <summary>Columns.</summary>
    public int Width { get; }

    /// <summary>Rows.</summary>
    public int Height { get; }

    /// <summary>The seed of the pictures.</summary>
    public long Seed { get; }

    /// <summary>
    /// The radius of the smallest leaves: most leaves are about as small, and of smaller ones nothing but grains would be seen. Finer
    /// detail is the textures' part.
    /// </summary>
    public static double MinimalRadius => 3;

    /// <summary>The radius of the largest leaves: half the picture's longer side.</summary>
    public double MaximalRadius => Math.Max(MinimalRadius, Math.Max(Width, Height) / 2.0);

    /// <summary>Draws a picture.</summary>
    /// <param name="index">Which picture.</param>
    /// <param name="cancellationToken">Asked now and then.</param>
    /// <returns>Whole levels.</returns>
    public LumaPlane Create(int index, CancellationToken cancellationToken = default)
    {
        RandomSource random = RandomSource.For(Seed, Stream, index);
        var levels = new float[checked(Width * Height)];
        var canvas = new LeafCanvas(Width, Height, levels);
        canvas.Fill(LeafPaint.Draw(random, MaximalRadius));
        foreach (Leaf leaf in Leaves(random))
        {
            cancellationToken.ThrowIfCancellationRequested();
            canvas.Paint(leaf);
        }
        return new LumaPlane(Width, Height, levels).Rounded();
    }

    /// <summary>Draws many pictures.</summary>
    /// <param name="count">How many.</param>
    /// <param name="progress">Told the fraction done.</param>
    /// <param name="cancellationToken">Asked now and then.</param>
    public LumaPlane[] CreateMany(int count, IProgress<double>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        var pictures = new LumaPlane[count];
        int done = 0;
        ParallelLoop.Run(count, Environment.ProcessorCount, i =>
        {
            cancellationToken.ThrowIfCancellationRequested();
            pictures[i] = Create(i, cancellationToken);
            progress?.Report((double)Interlocked.Increment(ref done) / count);
        });
        return pictures;
    }

    /// <summary>The leaves that fall, the lowest first.</summary>
    internal IEnumerable<Leaf> Leaves(RandomSource random)
    {
        // Leaves fall around the picture too, so that its border is like its middle; only those that meet it count.
        double wanted = Coverage * Width * Height, covered = 0;
        while (covered < wanted)
        {
            double radius = Radius(random.NextUniform());
            double x = random.NextUniform(-radius, Width + radius), y = random.NextUniform(-radius, Height + radius);
            Leaf leaf = Leaf.Draw(random, x, y, radius);
            covered += leaf.Area * Width * Height / ((Width + 2 * radius) * (Height + 2 * radius));
            yield return leaf;
        }
    }

    /// <summary>
    /// The radius under which a part <paramref name="u"/> of the leaves lies: the inverse of the distribution whose density is r^-3.
    /// </summary>
    internal double Radius(double u)
    {
        double smallest = Math.Pow(MinimalRadius, -2), largest = Math.Pow(MaximalRadius, -2);
        return 1 / Math.Sqrt(smallest - u * (smallest - largest));
    }
}
