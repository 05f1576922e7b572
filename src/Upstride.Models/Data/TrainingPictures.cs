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

    /// <summary>Reads the pictures of a folder.</summary>
    /// <param name="folder">Pictures to train on.</param>
    /// <param name="validation">A folder of pictures to validate by; where null, the last twentieth of the first folder's by name, at least
    /// one, is held out.</param>
    /// <param name="progress">Told the fraction done.</param>
    /// <param name="cancellationToken">Ends the work early.</param>
    /// <exception cref="InvalidDataException">A folder holds too few pictures.</exception>
    /// <exception cref="IOException">A folder or a picture cannot be read.</exception>
    public static TrainingPictures Read(string folder, string? validation = null, IProgress<double>? progress = null,
        CancellationToken cancellationToken = default)
    {
        string[] files = ImageFolder.Files(folder);
        if (validation is null && files.Length < 2)
            throw new InvalidDataException(
                $"{folder}: two pictures are needed at least, one to train on and one to validate by: it holds {files.Length}");
        string[] others = validation is null ? [] : ImageFolder.Files(validation);
        var planes = new List<LumaPlane>(files.Length + others.Length);
        foreach (string file in files.Concat(others))
        {
            planes.Add(ImageFolder.Luma(file, cancellationToken));
            progress?.Report((double)planes.Count / (files.Length + others.Length));
        }
        return validation is null ? Split(planes) : new([.. planes.Take(files.Length)], [.. planes.Skip(files.Length)]);
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
