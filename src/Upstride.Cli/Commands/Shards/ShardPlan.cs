using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Upstride.Cli.Commands.Upscale;
using Upstride.Imaging;

namespace Upstride.Cli.Commands.Shards;

/// <summary>A picture with the pixels that its file's head tells.</summary>
/// <param name="File">What to read and to write.</param>
/// <param name="Name">The target's name within the output's folder, by / on every system: the same on all machines.</param>
/// <param name="Width">Columns; 0 where the head cannot be read, which is found again when the picture is made.</param>
/// <param name="Height">Rows.</param>
internal sealed record PlannedPicture(PictureFile File, string Name, int Width, int Height)
{
    /// <summary>Width * height.</summary>
    public long Pixels => (long)Width * Height;
}

/// <summary>
/// Which pictures each shard makes: the largest first, each to the shard that has the fewest pixels so far. No shard then has more than the
/// mean and one picture beyond it. Names decide between pictures of one size, and numbers between shards, so that every machine finds the same.
/// </summary>
internal sealed class ShardPlan
{
    private readonly int[] _shards;

    /// <param name="pictures">Any order; names differ.</param>
    /// <param name="count">How many shards.</param>
    public ShardPlan(IEnumerable<PlannedPicture> pictures, int count)
    {
        Pictures = [.. pictures.OrderBy(static picture => picture.Name, StringComparer.Ordinal)];
        Loads = new long[count];
        _shards = Assign([.. Pictures.Select(static picture => picture.Pixels)], Loads);
    }

    /// <summary>By name.</summary>
    public IReadOnlyList<PlannedPicture> Pictures { get; }

    /// <summary>Each shard's pixels.</summary>
    public long[] Loads { get; }

    /// <summary>A number that two plans have in common only if their pictures and shards are the same.</summary>
    public string Digest
    {
        get
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            hash.AppendData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{Loads.Length}\n")));
            foreach (PlannedPicture picture in Pictures)
                hash.AppendData(Encoding.UTF8.GetBytes(string.Create(
                    CultureInfo.InvariantCulture, $"{picture.Name}\0{picture.Width}\0{picture.Height}\n")));
            return Convert.ToHexStringLower(hash.GetHashAndReset());
        }
    }

    /// <summary>The pictures of a shard, by name.</summary>
    /// <param name="number">From 1 on.</param>
    public PlannedPicture[] Of(int number) => [.. Pictures.Where((_, index) => _shards[index] == number - 1)];

    /// <summary>Reads the pixels of pictures from their heads.</summary>
    /// <param name="files">The pictures.</param>
    /// <param name="output">The folder that their targets are in.</param>
    /// <param name="settings">What reading may cost.</param>
    /// <param name="progress">Told the fraction done.</param>
    /// <param name="cancellation">Asked before each picture.</param>
    /// <exception cref="IOException">A file cannot be read, and other machines might read it: the plans would differ.</exception>
    public static PlannedPicture[] Read(IReadOnlyList<PictureFile> files, string output, ImageReadSettings settings,
        IProgress<double>? progress, CancellationToken cancellation)
    {
        const int reads = 8, step = 64;
        var pictures = new PlannedPicture[files.Count];
        int next = 0, done = 0;
        void Work()
        {
            for (int i; (i = Interlocked.Increment(ref next) - 1) < files.Count;)
            {
                (int width, int height) = SizeOf(files[i].Source, settings, cancellation);
                string name = Path.GetRelativePath(output, files[i].Target).Replace('\\', '/');
                pictures[i] = new(files[i], name, width, height);
                if (Interlocked.Increment(ref done) % step == 0) progress?.Report((double)done / files.Count);
            }
        }

        // Waiting for a file system takes longer than reading a head; several ask at once.
        try
        {
            Task.WaitAll([.. Enumerable.Range(0, Math.Min(reads, files.Count)).Select(_ => Task.Run(Work, cancellation))], cancellation);
        }
        catch (AggregateException faults)
        {
            Exception first = faults.InnerExceptions[0];
            throw first is IOException or UnauthorizedAccessException
                ? new CommandException(ExitCode.File, "picture", first.Message, first) : first;
        }
        return pictures;
    }

    /// <summary>The shard of each picture.</summary>
    /// <param name="pixels">Each picture's, ordered by name.</param>
    /// <param name="loads">Zeros; receives each shard's pixels.</param>
    internal static int[] Assign(ReadOnlySpan<long> pixels, long[] loads)
    {
        int[] order = new int[pixels.Length], shards = new int[pixels.Length];
        var keys = new long[pixels.Length];
        for (int i = 0; i < order.Length; i++) (order[i], keys[i]) = (i, -pixels[i]);
        Array.Sort(keys, order, Comparer<long>.Default);
        SortEqual(keys, order);
        var shortest = new PriorityQueue<int, (long Load, int Shard)>();
        for (int shard = 0; shard < loads.Length; shard++) shortest.Enqueue(shard, (0, shard));
        foreach (int picture in order)
        {
            int shard = shortest.Peek();

            // What cannot be read counts a little, so that such pictures spread.
            loads[shard] += Math.Max(pixels[picture], 1);
            shards[picture] = shard;
            _ = shortest.DequeueEnqueue(shard, (loads[shard], shard));
        }
        return shards;
    }

    // The array's sort leaves equal ones in any order.
    private static void SortEqual(long[] keys, int[] order)
    {
        for (int first = 0; first < keys.Length;)
        {
            int end = first + 1;
            while (end < keys.Length && keys[end] == keys[first]) end++;
            Array.Sort(order, first, end - first);
            first = end;
        }
    }

    private static (int Width, int Height) SizeOf(string source, ImageReadSettings settings, CancellationToken cancellation)
    {
        try
        {
            return ImageFile.ReadSize(source, settings with { AllowFfmpeg = settings.AllowFfmpeg ?? true }, cancellation);
        }
        catch (ImageFormatException)
        {
            return default;
        }
    }
}
