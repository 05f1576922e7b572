using System.Collections;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Upstride.Onnx.Format;

namespace Upstride.Fuzz.Tests;

/// <summary>Changes any field of any message within a model; what comes out is a valid file of the format.</summary>
internal static class MessageMutator
{
    private static readonly string[] s_words =
        ["", "NOTSET", "SAME_UPPER", "SAME_LOWER", "VALID", "nearest", "linear", "cubic", "asymmetric", "align_corners", "floor",
        "constant", "reflect", "edge", "n"];

    /// <summary>Changes one field.</summary>
    public static void Change(ModelProto model, Random random)
    {
        var fields = new List<(IMessage Message, FieldDescriptor Field)>();
        Collect(model, fields);
        (IMessage message, FieldDescriptor field) = Numbers.Pick(fields, random);
        if (field.IsRepeated) ChangeList((IList)field.Accessor.GetValue(message), field, model, random);
        else if (field.FieldType != FieldType.Message)
            field.Accessor.SetValue(message, Scalar(field, field.Accessor.GetValue(message), model, random));
        else if (random.Next(3) == 0) field.Accessor.Clear(message);
    }

    /// <summary>The name of some value of the graph.</summary>
    public static string Name(ModelProto model, Random random)
    {
        string[] names =
            [.. model.Graph.Node.SelectMany(static node => node.Input.Concat(node.Output)),
            .. model.Graph.Initializer.Select(static tensor => tensor.Name), .. model.Graph.Input.Select(static input => input.Name)];
        return names.Length == 0 ? "x" : Numbers.Pick(names, random);
    }

    private static void Collect(IMessage message, List<(IMessage Message, FieldDescriptor Field)> fields)
    {
        foreach (FieldDescriptor field in message.Descriptor.Fields.InFieldNumberOrder())
        {
            object? value = field.Accessor.GetValue(message);
            bool isThere =
                field.IsRepeated
                ? ((IList)value).Count > 0
                : field.FieldType == FieldType.Message ? value is not null : !field.HasPresence || field.Accessor.HasValue(message);
            if (!isThere) continue;
            fields.Add((message, field));
            if (field.FieldType != FieldType.Message) continue;
            if (!field.IsRepeated) Collect((IMessage)value!, fields);
            else foreach (IMessage part in ((IList)value!).Cast<IMessage>().Take(64)) Collect(part, fields);
        }
    }

    private static void ChangeList(IList list, FieldDescriptor field, ModelProto model, Random random)
    {
        int at = random.Next(list.Count);
        switch (random.Next(4))
        {
            case 0: list.RemoveAt(at); break;
            case 1:
                object copy = field.FieldType == FieldType.Message ? Clone((IMessage)list[at]!) : list[at]!;
                list.Insert(random.Next(list.Count + 1), copy);
                break;
            case 2 when field.FieldType == FieldType.Message:
                int other = random.Next(list.Count);
                (list[at], list[other]) = (list[other], list[at]);
                break;
            default:
                if (field.FieldType != FieldType.Message) list[at] = Scalar(field, list[at], model, random);
                break;
        }
    }

    private static object Scalar(FieldDescriptor field, object? was, ModelProto model, Random random) => field.FieldType switch
    {
        FieldType.Int64 => Numbers.Next(random, (long)was!),
        FieldType.UInt64 => unchecked((ulong)Numbers.Next(random)),
        FieldType.Int32 => unchecked((int)Numbers.Next(random, (int)was!)),
        FieldType.Enum => random.Next(-1, 25),
        FieldType.Float => Numbers.Pick([0f, 1, -1, 0.5f, 2, 1e9f, 1e-9f, float.NaN, float.PositiveInfinity, float.MaxValue], random),
        FieldType.Double => Numbers.Pick([0.0, 1, -1, 1e300, double.NaN], random),
        FieldType.String =>
            random.Next(3) == 0
            ? Numbers.Pick(s_words, random)
            : random.Next(2) == 0 && model.Graph is { Node.Count: > 0 } graph
            ? Numbers.Pick(graph.Node, random).OpType : model.Graph is null ? "x" : Name(model, random),
        FieldType.Bytes =>
            random.Next(3) == 0
            ? ByteString.CopyFromUtf8(Numbers.Pick(s_words, random))
            : ByteString.CopyFrom(Numbers.Scramble(((ByteString)was!).ToByteArray(), random)),
        _ => was!,
    };

    private static IMessage Clone(IMessage message)
    {
        IMessage copy = (IMessage)Activator.CreateInstance(message.GetType())!;
        copy.MergeFrom(message.ToByteArray());
        return copy;
    }
}
