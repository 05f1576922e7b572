using Upstride.Imaging;
using Upstride.Models.Data;

namespace Upstride.Models.Segmentation;

/// <summary>A picture and the class of each of its pixels.</summary>
/// <param name="File">The picture's file.</param>
/// <param name="Width">Columns.</param>
/// <param name="Height">Rows.</param>
/// <param name="Colours">[height, width, 3], red, green and blue.</param>
/// <param name="Labels">[height, width]: the class, or <see cref="SegmentationSet.Void"/>.</param>
public sealed record LabelledPicture(string File, int Width, int Height, byte[] Colours, byte[] Labels);

/// <summary>The files of a picture and of the classes of its pixels.</summary>
/// <param name="Image">The picture.</param>
/// <param name="Labels">A grey picture whose values are the classes.</param>
public sealed record SegmentationPair(string Image, string Labels);

/// <summary>Pictures with the class of each of their pixels.</summary>
public static class SegmentationSet
{
    /// <summary>The label of pixels that do not count.</summary>
    public const byte Void = 255;

    /// <summary>Reads the pictures of a folder, and of another one the labels of the same names: grey pictures whose values are classes.
    /// </summary>
    /// <param name="images">The folder of the pictures.</param>
    /// <param name="labels">The folder of the labels.</param>
    /// <param name="classes">How many classes there are.</param>
    /// <param name="voidLabel">The value of pixels that do not count.</param>
    /// <param name="progress">Told the fraction done.</param>
    /// <param name="cancellationToken">Ends the work early.</param>
    /// <exception cref="InvalidDataException">A picture without labels, of another size than they, or a value that is no class; the message
    /// names the file.</exception>
    /// <exception cref="ImageFormatException">A file is no readable picture.</exception>
    /// <exception cref="IOException">A folder or a file cannot be read.</exception>
    public static LabelledPicture[] Read(string images, string labels, int classes, int voidLabel = Void,
        IProgress<double>? progress = null, CancellationToken cancellationToken = default)
    {
        SegmentationPair[] pairs = Pairs(images, labels);
        var pictures = new LabelledPicture[pairs.Length];
        for (int i = 0; i < pairs.Length; i++)
        {
            pictures[i] = Read(pairs[i], classes, voidLabel, cancellationToken);
            progress?.Report((i + 1.0) / pairs.Length);
        }
        return pictures;
    }

    /// <summary>Finds the labels of each picture of a folder, in the order of the pictures' names.</summary>
    /// <param name="images">The folder of the pictures.</param>
    /// <param name="labels">The folder of the labels.</param>
    /// <exception cref="InvalidDataException">A picture without labels; the message names it.</exception>
    /// <exception cref="IOException">A folder cannot be read.</exception>
    public static SegmentationPair[] Pairs(string images, string labels)
    {
        ArgumentException.ThrowIfNullOrEmpty(images);
        ArgumentException.ThrowIfNullOrEmpty(labels);
        string[] files = ImageFolder.Files(images);
        Dictionary<string, string> labelled = ByName(labels);
        return
        [
            .. files.Select(file => labelled.TryGetValue(Path.GetFileNameWithoutExtension(file), out string? label) ? new SegmentationPair(
                file, label) : throw new InvalidDataException(
                    $"{file}: the folder {labels} has no picture of this name, whatever its ending: put its labels there, or take the "
                    + $"picture away")),
        ];
    }

    /// <summary>The names of the classes: the lines of a text file, in the order of the labels' values.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InvalidDataException">Fewer than two names, one twice, or one with a tabulator.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static string[] ReadNames(string path)
    {
        string[] names = [.. File.ReadAllLines(path).Select(static line => line.Trim()).Where(static line => line.Length > 0)];
        if (names.Length is < 2 or > Void)
            throw new InvalidDataException($"{path}: it holds {names.Length} names of classes, a line each, and must hold 2 .. {Void}");
        if (names.GroupBy(static name => name, StringComparer.Ordinal).FirstOrDefault(static group => group.Count() > 1) is { } twice)
            throw new InvalidDataException($"{path}: the class '{twice.Key}' is there twice");
        if (names.FirstOrDefault(static name => name.Contains('\t', StringComparison.Ordinal)) is { } tabbed)
            throw new InvalidDataException($"{path}: the class '{tabbed}' has a tabulator in its name");
        return names;
    }

    /// <summary>
    /// The weight of each class in the loss: the median of the classes' frequencies divided by its own. A frequency is the part of the
    /// pixels that the class has in the pictures in which it is; a class in none has weight 0.
    /// </summary>
    /// <remarks>Source: Eigen and Fergus, "Predicting Depth, Surface Normals and Semantic Labels", 2015.</remarks>
    /// <param name="pictures">The pictures that are trained on.</param>
    /// <param name="classes">How many classes there are.</param>
    public static float[] MedianFrequencyWeights(IReadOnlyList<LabelledPicture> pictures, int classes)
    {
        ArgumentNullException.ThrowIfNull(pictures);
        ArgumentOutOfRangeException.ThrowIfLessThan(classes, 1);
        long[] own = new long[classes], around = new long[classes];
        long[] counts = new long[classes];
        foreach (LabelledPicture picture in pictures)
        {
            Array.Clear(counts);
            foreach (byte label in picture.Labels)
                if (label < classes) counts[label]++;
            long pixels = counts.Sum();
            for (int one = 0; one < classes; one++)
            {
                if (counts[one] == 0) continue;
                own[one] += counts[one];
                around[one] += pixels;
            }
        }
        double[] frequencies = [.. own.Zip(around, static (count, pixels) => pixels == 0 ? 0 : (double)count / pixels)];
        double[] sorted = [.. frequencies.Where(static frequency => frequency > 0).Order()];
        if (sorted.Length == 0) return new float[classes];
        double median = (sorted[sorted.Length / 2] + sorted[(sorted.Length - 1) / 2]) / 2;
        return [.. frequencies.Select(frequency => frequency > 0 ? (float)(median / frequency) : 0)];
    }

    /// <summary>Reads one picture with its labels.</summary>
    /// <param name="pair">Their files.</param>
    /// <param name="classes">How many classes there are.</param>
    /// <param name="voidLabel">The value of pixels that do not count.</param>
    /// <param name="cancellationToken">Ends the work early.</param>
    /// <exception cref="InvalidDataException">Labels of another size than the picture, or a value that is no class; the message names
    /// the file.</exception>
    /// <exception cref="ImageFormatException">A file is no readable picture.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static LabelledPicture Read(SegmentationPair pair, int classes, int voidLabel = Void,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(pair);
        (string image, string label) = pair;
        ImageBuffer picture = ImageFile.Read(image, cancellationToken: cancellationToken);
        ImageBuffer values = ImageFile.Read(label, cancellationToken: cancellationToken);
        if (values.Channels != 1 || values.SampleType != SampleType.UInt8)
            throw new InvalidDataException(
                $"{label}: it has {values.Channels} channels of {values.SampleType}, and labels have one of UInt8, whose values are the "
                    + $"classes");
        if ((values.Width, values.Height) != (picture.Width, picture.Height))
            throw new InvalidDataException(
                $"{label}: it is {values.Width}x{values.Height}, and its picture {image} is {picture.Width}x{picture.Height}: both must "
                    + $"be equal");
        byte[] labels = values.Bytes.ToArray();
        for (int i = 0; i < labels.Length; i++)
        {
            if (labels[i] == voidLabel) labels[i] = Void;
            else if (labels[i] >= classes)
                throw new InvalidDataException(
                    $"{label}: the pixel at column {i % values.Width}, row {i / values.Width} has the value {labels[i]}, and there are "
                        + $"classes "
                    + $"0 .. {classes - 1} and {voidLabel} for none");
        }
        return new(image, picture.Width, picture.Height, Rgb(picture), labels);
    }

    /// <summary>The colours of a picture, [height, width, 3]; grey thrice, alpha left out.</summary>
    /// <param name="picture">Any picture.</param>
    public static byte[] Rgb(ImageBuffer picture)
    {
        ArgumentNullException.ThrowIfNull(picture);
        picture = picture.Convert(SampleType.UInt8);
        int channels = picture.Channels, colours = channels - (picture.HasAlpha ? 1 : 0), pixels = picture.Width * picture.Height;
        byte[] rgb = new byte[3 * pixels];
        ReadOnlySpan<byte> bytes = picture.Bytes;
        for (int pixel = 0; pixel < pixels; pixel++)
            for (int channel = 0; channel < 3; channel++)
                rgb[3 * pixel + channel] = bytes[channels * pixel + (colours == 1 ? 0 : channel)];
        return rgb;
    }

    private static Dictionary<string, string> ByName(string folder)
    {
        var files = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (string file in ImageFolder.Files(folder))
            if (!files.TryAdd(Path.GetFileNameWithoutExtension(file), file))
                throw new InvalidDataException(
                    $"{file}: the folder has another picture of this name, {files[Path.GetFileNameWithoutExtension(file)]}");
        return files;
    }
}
