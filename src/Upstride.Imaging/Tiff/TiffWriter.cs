using System.Buffers.Binary;
using System.IO.Compression;
using System.Runtime.InteropServices;
using Upstride.Imaging.Codecs;
using Upstride.Imaging.Profiles;

namespace Upstride.Imaging.Tiff;

/// <summary>Writes TIFF files of one page strip by strip: grey or RGB in 8 or 16 bits, with or without alpha, compressed by Deflate over
/// the differences from the pixel to the left. ImageSharp's writer has neither 16 bits nor alpha.</summary>
internal sealed class TiffWriter : PictureEncoder
{
    private const int HeaderBytes = 8, StripBytes = 1 << 18, Deflate = 8, DifferencePredictor = 2;

    private readonly Stream _target;
    private readonly Stream _stream;
    private readonly long _origin;
    private readonly PictureFormat _given;
    private readonly PictureFormat _format;
    private readonly ImageWriteSettings _settings;
    private readonly TiffDirectory _page;
    private readonly List<long> _offsets = [];
    private readonly List<long> _lengths = [];
    private readonly byte[] _strip;
    private int _stripRows;
    private int _next;

    public TiffWriter(Stream stream, PictureFormat format, ImageMetadata metadata, ImageWriteSettings settings)
    {
        // Many readers do not know grey with alpha: it becomes RGBA.
        (_target, _given, _settings) = (stream, format, settings);
        _format = format = format.Channels == 2 ? format with { Channels = 4 } : format;
        TiffDirectory? exif = ExifData.Directory(metadata.Exif);
        _page = new TiffDirectory(exif?.BigEndian ?? false);
        foreach (TiffField field in exif?.Fields.Values ?? Enumerable.Empty<TiffField>())
            if (!TiffTag.IsStructural(field.Tag)) _page.Fields[field.Tag] = field;
        int rows = (int)Math.Clamp(StripBytes / (long)format.RowBytes, 1, format.Height);
        _strip = new byte[(long)rows * format.RowBytes];
        Describe(metadata, rows);

        // The head names the place of the directory, which follows the strips.
        _stream = stream.CanSeek ? stream : new SpooledStream();
        _origin = _stream.Position;
        _stream.Write(new byte[HeaderBytes]);
    }

    public override void WriteRow(ReadOnlySpan<byte> samples)
    {
        Span<byte> row = _strip.AsSpan(_stripRows * _format.RowBytes, _format.RowBytes);
        if (_given == _format) samples.CopyTo(row);
        else RowConversion.ToColors(samples, _given.SampleType.Bytes(), row);
        if (_format.SampleType == SampleType.UInt16) Difference(MemoryMarshal.Cast<byte, ushort>(row));
        else Difference(row);
        _next++;
        if (++_stripRows * _format.RowBytes < _strip.Length && _next < _format.Height) return;
        WriteStrip(_strip.AsSpan(0, _stripRows * _format.RowBytes));
        _stripRows = 0;
        if (_next == _format.Height) Finish();
    }

    public override void Dispose()
    {
        if (_stream != _target) _stream.Dispose();
    }

    private void Describe(ImageMetadata metadata, int rows)
    {
        int channels = _format.Channels, bits = 8 * _format.SampleType.Bytes();
        _page.SetNumbers(TiffTag.ImageWidth, TiffDirectory.Long, _format.Width);
        _page.SetNumbers(TiffTag.ImageLength, TiffDirectory.Long, _format.Height);
        _page.SetNumbers(TiffTag.BitsPerSample, TiffDirectory.Short, [.. Enumerable.Repeat((long)bits, channels)]);
        _page.SetNumbers(TiffTag.Compression, TiffDirectory.Short, Deflate);
        _page.SetNumbers(TiffTag.Photometric, TiffDirectory.Short, _format.Colors == 1 ? 1 : 2);
        _page.SetNumbers(TiffTag.Orientation, TiffDirectory.Short, 1);
        _page.SetNumbers(TiffTag.SamplesPerPixel, TiffDirectory.Short, channels);
        _page.SetNumbers(TiffTag.RowsPerStrip, TiffDirectory.Long, rows);
        _page.SetNumbers(TiffTag.PlanarConfiguration, TiffDirectory.Short, 1);
        _page.SetNumbers(TiffTag.Predictor, TiffDirectory.Short, DifferencePredictor);
        const int straightAlpha = 2;
        if (_format.HasAlpha) _page.SetNumbers(TiffTag.ExtraSamples, TiffDirectory.Short, straightAlpha);
        if (!metadata.IccProfile.IsEmpty) _page.Set(TiffTag.IccProfile, TiffDirectory.Undefined, [.. metadata.IccProfile]);
        if (!metadata.Xmp.IsEmpty) _page.Set(TiffTag.Xmp, TiffDirectory.Byte, [.. metadata.Xmp]);
        if (metadata.Density is not { } density) return;
        _page.SetRatio(TiffTag.XResolution, density.IsPerMetre ? density.X * PixelDensity.MetresPerInch : density.X);
        _page.SetRatio(TiffTag.YResolution, density.IsPerMetre ? density.Y * PixelDensity.MetresPerInch : density.Y);
        _page.SetNumbers(TiffTag.ResolutionUnit, TiffDirectory.Short, density.IsPerMetre ? 2 : 1);
    }

    // From the last sample on, since each needs the one before as it was.
    private void Difference<T>(Span<T> row) where T : unmanaged, System.Numerics.IBinaryInteger<T>
    {
        for (int i = row.Length - 1; i >= _format.Channels; i--) row[i] -= row[i - _format.Channels];
        if (typeof(T) == typeof(ushort) && _page.BigEndian == BitConverter.IsLittleEndian)
        {
            Span<ushort> words = MemoryMarshal.Cast<T, ushort>(row);
            BinaryPrimitives.ReverseEndianness(words, words);
        }
    }

    private void WriteStrip(ReadOnlySpan<byte> strip)
    {
        long start = _stream.Position;
        using (var zlib = new ZLibStream(_stream, _settings.Compression, leaveOpen: true)) zlib.Write(strip);
        _offsets.Add(start - _origin);
        _lengths.Add(_stream.Position - start);
    }

    private void Finish()
    {
        if ((_stream.Position - _origin) % 2 == 1) _stream.WriteByte(0);
        long place = _stream.Position - _origin;
        _page.SetNumbers(TiffTag.StripOffsets, TiffDirectory.Long, [.. _offsets]);
        _page.SetNumbers(TiffTag.StripByteCounts, TiffDirectory.Long, [.. _lengths]);
        if (place > int.MaxValue * 2L - (1 << 26))
            throw new IOException(
                $"a TIFF file is at most {uint.MaxValue} bytes long, and the strips of this one take {place}: write .png");
        _stream.Write(_page.ToBytes((uint)place));
        long end = _stream.Position;
        _stream.Position = _origin;
        Span<byte> header = stackalloc byte[HeaderBytes];
        if (_page.BigEndian)
        {
            "MM\0*"u8.CopyTo(header);
            BinaryPrimitives.WriteUInt32BigEndian(header[4..], (uint)place);
        }
        else
        {
            "II*\0"u8.CopyTo(header);
            BinaryPrimitives.WriteUInt32LittleEndian(header[4..], (uint)place);
        }
        _stream.Write(header);
        _stream.Position = end;
        if (_stream == _target) return;
        _stream.Position = 0;
        _stream.CopyTo(_target);
    }
}
