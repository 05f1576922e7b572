using System.Runtime.InteropServices;
using Upstride.Imaging.Profiles;

namespace Upstride.Imaging.Png;

/// <summary>A PNG file of several frames: each is laid on the canvas as its fcTL chunk says, and the canvas is given. One canvas is held,
/// and what a frame covers where that comes back. With alpha also where frames leave parts of the canvas without a colour.</summary>
internal sealed class ApngDecoder : PictureDecoder
{
    private readonly ImageInput _input;
    private readonly PngReader _reader;
    private readonly PngChunkReader _chunks;
    private readonly ImageBuffer _canvas;
    private PngFrame _frame;
    private ImageBuffer? _covered;
    private int _made;
    private int _nextRow;

    public ApngDecoder(ImageInput input, PngReader reader, CancellationToken cancellationToken)
    {
        (_input, _reader, _chunks) = (input, reader, reader.Chunks);
        PictureFormat format = reader.Format;
        _canvas = input.Allocate(format with { Channels = format.Channels + (format.HasAlpha || !reader.Ancillary.LeavesGaps ? 0 : 1) });

        // Where no fcTL precedes it, the still image is for programs that show no animations, and is not one of the frames.
        if (reader.Header.FirstFrame is { } first)
        {
            _frame = first;
            Draw(new PngRows(reader.Header, input, new PngIdatStream(_chunks), first.Width, first.Height), cancellationToken);
        }
        else
        {
            while (_chunks.Type is "IDAT") Skip();
            _frame = ReadFrame(cancellationToken) ?? throw input.Fault("its acTL chunk announces frames, and none follows");
        }
        _made = 1;
    }

    public override ImageFileFormat FileFormat => ImageFileFormat.Png;

    public override PictureFormat Format => _canvas.Format;

    public override ImageMetadata Metadata => _reader.Metadata;

    public override IEnumerable<string> Remarks => _reader.Ancillary.Remarks;

    public override int Orientation => ExifData.Orientation(Metadata.Exif.AsSpan());

    public override ImageAnimation Animation => _reader.Ancillary.Animation;

    public override TimeSpan Delay => _frame.Delay;

    public override void ReadRow(Span<byte> destination, CancellationToken cancellationToken) =>
        _canvas.Row(_nextRow++).CopyTo(destination);

    public override bool NextFrame(CancellationToken cancellationToken)
    {
        if (_made == Animation.Frames) return false;
        Dispose(_frame);
        _frame = ReadFrame(cancellationToken) ?? throw _input.Fault(
            $"truncated: its acTL chunk announces {Animation.Frames} frames, and there are {_made}");
        _nextRow = 0;
        _made++;
        return true;
    }

    public override void Dispose() => _reader.Dispose();

    // Null where the file ends before another frame.
    private PngFrame? ReadFrame(CancellationToken cancellationToken)
    {
        while (_chunks.Type is not "fcTL")
        {
            if (_chunks.Type is "IEND") return null;
            Skip();
        }
        PngFrame frame = PngFrame.Read(_chunks, _reader.Header);
        Skip();
        while (_chunks.Type is not "fdAT")
        {
            if (_chunks.Type is "IEND" or "fcTL") throw _input.Fault("truncated: a frame has no image data");
            Skip();
        }
        _frame = frame;
        Draw(new PngRows(_reader.Header, _input, new PngIdatStream(_chunks, "fdAT"), frame.Width, frame.Height), cancellationToken);
        return frame;
    }

    private void Skip()
    {
        _chunks.End();
        _chunks.Next();
    }

    private void Draw(PngRows rows, CancellationToken cancellationToken)
    {
        using (rows)
        {
            _covered = _frame.Disposal == PngDisposal.Previous ? _canvas.Crop(_frame.X, _frame.Y, _frame.Width, _frame.Height) : null;
            int pixelBytes = _canvas.Format.PixelBytes;
            var stored = new byte[_reader.Format.PixelBytes * _frame.Width];
            for (int y = 0; y < _frame.Height; y++)
            {
                rows.Read(stored, cancellationToken);
                Span<byte> row = _canvas.Row(_frame.Y + y).Slice(_frame.X * pixelBytes, _frame.Width * pixelBytes);
                if (_canvas.SampleType == SampleType.UInt16)
                    Lay(MemoryMarshal.Cast<byte, ushort>(stored), MemoryMarshal.Cast<byte, ushort>(row), ushort.MaxValue);
                else Lay(stored, row, byte.MaxValue);
            }
            rows.Verify();
        }
    }

    private void Lay<T>(ReadOnlySpan<T> stored, Span<T> row, int full) where T : unmanaged, System.Numerics.IBinaryInteger<T>
    {
        int channels = _canvas.Channels, from = _reader.Channels, colors = _canvas.Format.Colors;
        if (channels == colors)
        {
            stored.CopyTo(row);
            return;
        }
        for (int x = 0; x < _frame.Width; x++)
        {
            ReadOnlySpan<T> source = stored.Slice(x * from, from);
            Span<T> target = row.Slice(x * channels, channels);
            long alpha = from == channels ? long.CreateTruncating(source[colors]) : full;
            if (!_frame.IsBlended || alpha == full)
            {
                source[..colors].CopyTo(target);
                target[colors] = T.CreateTruncating(alpha);
                continue;
            }
            if (alpha == 0) continue;

            // Source over target, with straight alpha: the sum of both weighted by what shows of them.
            long below = long.CreateTruncating(target[colors]) * (full - alpha), sum = alpha * full + below;
            for (int c = 0; c < colors; c++)
                target[c] = T.CreateTruncating((long.CreateTruncating(source[c]) * alpha * full + long.CreateTruncating(target[c]) * below
                    + sum / 2) / sum);
            target[colors] = T.CreateTruncating((sum + full / 2) / full);
        }
    }

    private void Dispose(PngFrame frame)
    {
        int pixelBytes = _canvas.Format.PixelBytes;
        for (int y = 0; y < frame.Height && frame.Disposal != PngDisposal.None; y++)
        {
            Span<byte> row = _canvas.Row(frame.Y + y).Slice(frame.X * pixelBytes, frame.Width * pixelBytes);
            if (_covered is { } covered) covered.Row(y).CopyTo(row);
            else row.Clear();
        }
    }
}
