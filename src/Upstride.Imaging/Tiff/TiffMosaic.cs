using System.Runtime.InteropServices;
using SixLabors.ImageSharp.Formats.Tiff;
using SixLabors.ImageSharp.Metadata;
using Upstride.Imaging.Codecs;

namespace Upstride.Imaging.Tiff;

/// <summary>Puts a page together that lies in tiles or in compressed planes: each plane is decoded as a picture in strips.</summary>
internal sealed class TiffMosaic : PictureDecoder
{
    private const int AssociatedAlpha = 1;

    private readonly DecodedPicture _picture;
    private readonly TiffPieces _pieces;
    private readonly bool _isAssociated;
    private readonly List<HeldPictureDecoder> _planes = [];
    private readonly byte[] _plane;
    private int _next;

    public TiffMosaic(ImageInput input, TiffDirectory page, TiffPieces pieces, DecodedPicture picture, CancellationToken cancellationToken)
    {
        (_picture, _pieces) = (picture, pieces);
        _isAssociated = picture.Format.HasAlpha && pieces.Planes > 1 && page.Number(TiffTag.ExtraSamples, 0) == AssociatedAlpha;
        (int width, int height) = pieces.SizeOfPage;
        PictureFormat format = picture.Format with { Width = width, Height = height };
        if (pieces.Planes > 1) format = format with { Channels = 1 };
        _plane = new byte[(picture.Format with { Channels = 1 }).RowBytes];
        try
        {
            for (int plane = 0; plane < (pieces.Planes > 1 ? picture.Format.Channels : 1); plane++)
            {
                using var file = new RelabelledTiff(input.Rewind(), pieces.PageOf(plane));
                _planes.Add(ImageSharpCodec.Decode(
                    new TiffDecoder { DecodingMode = FrameDecodingMode.First, IgnoreMetadata = true },
                    new ImageInput(file, input.Name, input.Settings), picture with { Format = format }, cancellationToken));
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public override ImageFileFormat FileFormat => _picture.FileFormat;

    public override PictureFormat Format => _picture.Format;

    public override ImageMetadata Metadata => _picture.Metadata;

    public override IEnumerable<string> Remarks => _picture.Remarks;

    public override int Orientation => _picture.Orientation;

    public override void ReadRow(Span<byte> destination, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        int row = _next++;
        if (_planes.Count == 1)
        {
            Join(_planes[0], row, destination);
            return;
        }
        for (int plane = 0; plane < _planes.Count; plane++)
        {
            Join(_planes[plane], row, _plane);
            if (Format.SampleType == SampleType.UInt8) Interleave<byte>(_plane, plane, destination);
            else Interleave(MemoryMarshal.Cast<byte, ushort>(_plane), plane, MemoryMarshal.Cast<byte, ushort>(destination));
        }
        if (!_isAssociated) return;
        if (Format.SampleType == SampleType.UInt8) Divide(destination, byte.MaxValue);
        else Divide(MemoryMarshal.Cast<byte, ushort>(destination), ushort.MaxValue);
    }

    public override void Dispose()
    {
        foreach (HeldPictureDecoder plane in _planes) plane.Dispose();
    }

    private void Join(HeldPictureDecoder plane, int row, Span<byte> destination)
    {
        int pixel = plane.Format.RowBytes / plane.Format.Width;
        for (int column = 0, at = 0; column < _pieces.Across; column++)
        {
            int count = Math.Min(_pieces.Width * pixel, destination.Length - at);
            plane.Row(_pieces.RowOfPage(row, column))[..count].CopyTo(destination[at..]);
            at += count;
        }
    }

    private void Interleave<T>(ReadOnlySpan<T> plane, int channel, Span<T> destination)
    {
        for (int x = 0, at = channel; x < Format.Width; x++, at += Format.Channels) destination[at] = plane[x];
    }

    // From colours multiplied by alpha to colours, rounded.
    private void Divide<T>(Span<T> row, uint full) where T : struct, System.Numerics.IBinaryInteger<T>
    {
        int channels = Format.Channels;
        for (int at = 0; at < row.Length; at += channels)
        {
            uint alpha = uint.CreateTruncating(row[at + channels - 1]);
            for (int i = at; i < at + channels - 1; i++)
                row[i] = alpha == 0 ? T.Zero
                    : T.CreateTruncating(Math.Min((uint.CreateTruncating(row[i]) * (ulong)full + alpha / 2) / alpha, full));
        }
    }
}
