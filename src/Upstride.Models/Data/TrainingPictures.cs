using Upstride.Geometry;

namespace Upstride.Models.Data;

/// <summary>Pictures to train on, and others to validate by.</summary>
/// <param name="Training">Luma to train on.</param>
/// <param name="Validation">Luma that is not trained on.</param>
public sealed record TrainingPictures(IReadOnlyList<LumaPlane> Training, IReadOnlyList<LumaPlane> Validation)
{
    private const int SyntheticSide = 256;

    // One in twenty is held out.
    private const int HeldOut = 20;

    /// <summary>Reads the pictures of folders.</summary>
    /// <param name="folders">Pictures to train on.</param>
    /// <param name="validation">A folder of pictures to validate by; where null, the last twentieth of each other folder's by name, at
    /// least one, is held out.</param>
    /// <param name="progress">Told the fraction done.</param>
    /// <param name="cancellationToken">Ends the work early.</param>
    /// <exception cref="InvalidDataException">A folder holds too few pictures.</exception>
    /// <exception cref="IOException">A folder or a picture cannot be read.</exception>
    public static TrainingPictures Read(IReadOnlyList<string> folders, string? validation = null, IProgress<double>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(folders);
        ArgumentOutOfRangeException.ThrowIfZero(folders.Count);
        string[][] files = [.. folders.Select(ImageFolder.Files)];
        for (int i = 0; i < files.Length; i++)
            if (validation is null && files[i].Length < 2)
                throw new InvalidDataException(
                    $"{folders[i]}: two pictures are needed at least, one to train on and one to validate by: it holds {files[i].Length}");
        string[] others = validation is null ? [] : ImageFolder.Files(validation);
        int count = files.Sum(static one => one.Length) + others.Length, done = 0;
        LumaPlane[][] planes = [.. files.Select(Decode)];
        return validation is null
            ? new([.. planes.SelectMany(static one => Split(one).Training)], [.. planes.SelectMany(static one => Split(one).Validation)])
            : new([.. planes.SelectMany(static one => one)], Decode(others));

        LumaPlane[] Decode(string[] names) => Array.ConvertAll(names, name =>
        {
            LumaPlane plane = ImageFolder.Luma(name, cancellationToken);
            progress?.Report((double)++done / count);
            return plane;
        });
    }

    /// <summary>Draws dead leaves; the last twentieth, at least one, is held out.</summary>
    /// <param name="count">How many, at least 2.</param>
    /// <param name="seed">The seed of the pictures.</param>
    /// <param name="progress">Told the fraction done.</param>
    /// <param name="cancellationToken">Ends the work early.</param>
    public static TrainingPictures Synthetic(int count, long seed, IProgress<double>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 2);
        return Split(new DeadLeaves(SyntheticSide, SyntheticSide, seed).CreateMany(count, progress, cancellationToken));
    }

    private static TrainingPictures Split(IReadOnlyList<LumaPlane> planes)
    {
        int held = Integers.DivideUp(planes.Count, HeldOut);
        return new([.. planes.Take(planes.Count - held)], [.. planes.Skip(planes.Count - held)]);
    }
}
