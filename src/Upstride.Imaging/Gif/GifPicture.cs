using SixLabors.ImageSharp.Formats.Gif;
using SixLabors.ImageSharp.Metadata;
using Upstride.Imaging.Codecs;

namespace Upstride.Imaging.Gif;

/// <summary>Reads GIF files. The first frame is decoded alone; whoever asks for the second has all decoded, each the whole
/// canvas.</summary>
internal sealed class GifPicture : PictureDecoder
{
    private readonly ImageInput _input;
    private readonly GifHeader _header;
    private readonly DecodedPicture _picture;
    private PictureDecoder _frames;
    private bool _hasAll;
    private int _frame;

    public GifPicture(ImageInput input, CancellationToken cancellationToken)
    {
        (_input, _header) = (input, GifHeader.Read(input));
        _picture = new(
            ImageFileFormat.Gif, new(_header.Width, _header.Height, _header.HasAlpha ? 4 : 3, SampleType.UInt8), _header.Metadata,
                _header.Remarks);
        _frames = ImageSharpCodec.Decode(new GifDecoder { DecodingMode = FrameDecodingMode.First, IgnoreMetadata = true }, input, _picture,
            cancellationToken);
    }

    public override ImageFileFormat FileFormat => ImageFileFormat.Gif;

    public override PictureFormat Format => _picture.Format;

    public override ImageMetadata Metadata => _header.Metadata;

    public override IEnumerable<string> Remarks => _header.Remarks;

    public override ImageAnimation Animation => new(_header.Delays.Count, _header.Plays);

    public override TimeSpan Delay => _header.Delays[_frame];

    public override void ReadRow(Span<byte> destination, CancellationToken cancellationToken) =>
        _frames.ReadRow(destination, cancellationToken);

    public override bool NextFrame(CancellationToken cancellationToken)
    {
        if (_frame + 1 == _header.Delays.Count) return false;
        if (!_hasAll)
        {
            _input.CheckFrames(Format.Width, Format.Height, _header.Delays.Count);
            _frames.Dispose();
            _frames = ImageSharpCodec.Decode(new GifDecoder { IgnoreMetadata = true }, _input, _picture, cancellationToken);
            _hasAll = true;
        }
        if (!_frames.NextFrame(cancellationToken))
            throw _input.Fault($"its GIF data holds {_header.Delays.Count} frames, of which {_frame + 1} can be decoded");
        _frame++;
        return true;
    }

    public override void Dispose() => _frames.Dispose();
}
