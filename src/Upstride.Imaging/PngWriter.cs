using System.Buffers.Binary;
using System.IO.Compression;
using System.Runtime.InteropServices;

namespace Upstride.Imaging;

/// <summary>Writes a PNG picture row by row: grey, grey and alpha, RGB or RGBA in 8 or 16 bits, not interlaced. Each row gets
/// the filter whose differences are smallest in sum. Memory: a few rows, whatever the height.</summary>
public sealed class PngWriter : IDisposable
{
    private readonly PngChunkWriter chunks;
    private readonly ZLibStream compressor;
    private readonly int filterDistance;
    private byte[] row, above, best, trial;
    private int nextRow;

    /// <summary>Writes the head of the file.</summary>
    /// <param name="stream">Where the file goes; stays open.</param>
    /// <param name="width">Columns, at least 1.</param>
    /// <param name="height">Rows, at least 1.</param>
    /// <param name="channels">1 grey, 2 grey and alpha, 3 RGB, 4 RGBA.</param>
    /// <param name="sampleType">UInt8 or UInt16: PNG has no floats.</param>
    /// <param name="settings">How hard the compression tries.</param>
    public PngWriter(Stream stream, int width, int height, int channels, SampleType sampleType, ImageWriteSettings? settings = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        if (width < 1) throw new ArgumentOutOfRangeException(nameof(width), width, $"width >= 1 must hold: {width}");
        if (height < 1) throw new ArgumentOutOfRangeException(nameof(height), height, $"height >= 1 must hold: {height}");
        if (channels is < 1 or > 4) throw new ArgumentOutOfRangeException(nameof(channels), channels, $"1 <= channels <= 4 must hold: {channels}");
        if (sampleType is not (SampleType.UInt8 or SampleType.UInt16))
            throw new ArgumentException($"PNG holds UInt8 and UInt16 samples, not {sampleType}: convert the picture first", nameof(sampleType));
        (Width, Height, Channels, SampleType) = (width, height, channels, sampleType);
        filterDistance = channels * sampleType.Bytes();
        long rowBytes = (long)width * filterDistance;
        if (rowBytes >= Array.MaxLength)
            throw new ArgumentOutOfRangeException(nameof(width), width, $"width * channels * bytes per sample < {Array.MaxLength} must hold: {width} * {channels} * {sampleType.Bytes()} = {rowBytes}");
        row = new byte[rowBytes];
        above = new byte[rowBytes];
        best = new byte[rowBytes];
        trial = new byte[rowBytes];

        stream.Write(PngHeader.Signature);
        chunks = new PngChunkWriter(stream);
        Span<byte> ihdr = stackalloc byte[13];
        BinaryPrimitives.WriteInt32BigEndian(ihdr, width);
        BinaryPrimitives.WriteInt32BigEndian(ihdr[4..], height);
        ihdr[8] = (byte)(8 * sampleType.Bytes());
        ihdr[9] = channels switch { 1 => 0, 2 => 4, 3 => 2, _ => 6 };
        ihdr[10..].Clear(); // the only compression and filter methods there are; not interlaced
        chunks.Write("IHDR"u8, ihdr);
        compressor = new ZLibStream(chunks, (settings ?? new ImageWriteSettings()).Compression, leaveOpen: true);
    }

    /// <summary>Columns.</summary>
    public int Width { get; }

    /// <summary>Rows.</summary>
    public int Height { get; }

    /// <summary>1 grey, 2 grey and alpha, 3 RGB, 4 RGBA.</summary>
    public int Channels { get; }

    /// <summary>UInt8 or UInt16.</summary>
    public SampleType SampleType { get; }

    /// <summary>Writes the next row, top to bottom; the last completes the file.</summary>
    /// <param name="samples">Width * Channels samples in the machine's byte order, [Width, Channels].</param>
    /// <exception cref="InvalidOperationException">Every row has been written.</exception>
    public void WriteRow(ReadOnlySpan<byte> samples)
    {
        if (samples.Length != row.Length)
            throw new ArgumentException($"width * channels * bytes per sample are needed: {Width} * {Channels} * {SampleType.Bytes()} = {row.Length}, given {samples.Length}", nameof(samples));
        if (nextRow == Height) throw new InvalidOperationException($"all {Height} rows have been written");
        if (SampleType == SampleType.UInt16 && BitConverter.IsLittleEndian)
            BinaryPrimitives.ReverseEndianness(MemoryMarshal.Cast<byte, ushort>(samples), MemoryMarshal.Cast<byte, ushort>(row.AsSpan()));
        else
            samples.CopyTo(row);

        int filter = ChooseFilter();
        compressor.WriteByte((byte)filter);
        compressor.Write(best);
        (row, above) = (above, row);
        if (++nextRow < Height) return;
        compressor.Dispose();
        chunks.EndImageData();
        chunks.Write("IEND"u8, []);
    }

    /// <summary>Frees the compressor; before the last row this leaves the file incomplete. The stream stays open.</summary>
    public void Dispose() => compressor.Dispose();

    internal static void Write(Stream stream, ImageBuffer image, ImageWriteSettings settings, CancellationToken cancellationToken)
    {
        using var writer = new PngWriter(stream, image.Width, image.Height, image.Channels, image.SampleType, settings);
        for (int y = 0; y < image.Height; y++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            writer.WriteRow(image.Row(y));
        }
    }

    // Leaves the differences in `best`. The smallest sum of absolute differences is the specification's own advice (12.7).
    private int ChooseFilter()
    {
        int chosen = PngFilter.None;
        long least = PngFilter.Apply(chosen, row, above, filterDistance, best);
        for (int filter = 1; filter < PngFilter.Count; filter++)
        {
            long cost = PngFilter.Apply(filter, row, above, filterDistance, trial);
            if (cost >= least) continue;
            (chosen, least) = (filter, cost);
            (best, trial) = (trial, best);
        }
        return chosen;
    }
}
