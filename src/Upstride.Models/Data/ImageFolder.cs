using Upstride.Imaging;

namespace Upstride.Models.Data;

/// <summary>The pictures of a folder, in the order of their names.</summary>
public static class ImageFolder
{
    /// <summary>The paths of a folder's picture files, in the ordinal order of their names; folders in it are not searched.</summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="InvalidDataException">No file in it has the name of a picture.</exception>
    public static string[] Files(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        if (!Directory.Exists(folder))
            throw new DirectoryNotFoundException($"{folder}: there is no such folder: name a folder of pictures");
        string[] files =
        [
            .. Directory.EnumerateFiles(folder).Where(ImageFile.IsNamedAsPicture)
                .Order(StringComparer.Ordinal),
        ];
        return files.Length > 0
            ? files : throw new InvalidDataException(
            $"{folder}: no picture is in this folder: put some there (PNG, BMP, PPM, PGM, PFM, or what ffmpeg reads)");
    }

    /// <summary>The luma of a picture file.</summary>
    /// <param name="file">The file.</param>
    /// <param name="cancellationToken">Asked before each row.</param>
    public static LumaPlane Luma(string file, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(file);
        return LumaPlane.FromImage(ImageFile.Read(file, cancellationToken: cancellationToken));
    }
}
