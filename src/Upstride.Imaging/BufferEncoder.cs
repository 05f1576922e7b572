using Upstride.Imaging.Bmp;
using Upstride.Imaging.Netpbm;

namespace Upstride.Imaging;

/// <summary>Holds a picture until its last row, for formats that are written from it.</summary>
internal sealed class BufferEncoder : PictureEncoder
{
    private readonly Stream _stream;
    private readonly ImageFormatInfo _info;
    private readonly ImageBuffer _image;
    private readonly ImageMetadata _metadata;
    private readonly ImageWriteSettings _settings;
    private readonly CancellationToken _cancellation;
    private int _next;

    public BufferEncoder(
        Stream stream, ImageFormatInfo info, PictureFormat format, ImageMetadata metadata, ImageWriteSettings settings,
            CancellationToken cancellation)
    {
        if (info.IsByFfmpeg && settings.AllowFfmpeg != true)
            throw new ArgumentException(
                $"{info.Name} is written by the program ffmpeg, which is not allowed here: write .png, or allow it in the settings",
                nameof(settings));
        (_stream, _info, _metadata, _settings, _cancellation, _image) =
            (stream, info, metadata, settings, cancellation, new ImageBuffer(format));
    }

    public override void WriteRow(ReadOnlySpan<byte> samples)
    {
        samples.CopyTo(_image.Row(_next++));
        if (_next < _image.Height) return;
        switch (_info.Format)
        {
            case ImageFileFormat.Bmp:
                BmpWriter.Write(_stream, _image, _metadata, _cancellation);
                break;
            case ImageFileFormat.Pfm:
                PfmFile.Write(_stream, _image, _settings, _cancellation);
                break;
            case ImageFileFormat.Pbm or ImageFileFormat.Pgm or ImageFileFormat.Ppm or ImageFileFormat.Pnm:
                NetpbmWriter.Write(_stream, _image, _info.Extensions[0], _settings, _cancellation);
                break;
            default:
                Ffmpeg.Write(_stream, _image, _info, _cancellation);
                break;
        }
    }
}
