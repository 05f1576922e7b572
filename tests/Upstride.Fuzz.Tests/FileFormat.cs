namespace Upstride.Fuzz.Tests;

/// <summary>A file format: how mutants of valid files are made, and how they are read.</summary>
internal abstract class FileFormat
{
    /// <summary>Every format.</summary>
    public static IReadOnlyList<FileFormat> All { get; } =
        [
            new PngFormat(), new JpegFormat(), new WebPFormat(), new GifFormat(), new TiffFormat(), new TgaFormat(), new BmpFormat(),
                new NetpbmFormat(), new NpyFormat(),
            new SafetensorsFormat(), new CheckpointFormat(), new OnnxFormat(),
        ];

    /// <summary>What reports call it.</summary>
    public abstract string Name { get; }

    /// <summary>Valid files, which are what mutants are made of.</summary>
    public abstract IReadOnlyList<byte[]> Seeds { get; }

    /// <summary>
    /// A mutant: a file of this format with some of its parts changed, its lengths and check sums mended more often than not.
    /// </summary>
    public abstract byte[] Mutant(Random random);

    /// <summary>Reads a file and uses what it holds; an exception tells that it was refused.</summary>
    public abstract void Use(byte[] file);

    /// <summary>Whether an exception is one that the documentation of the reader names.</summary>
    public abstract bool IsDocumented(Exception fault);
}
