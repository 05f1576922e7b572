#:package Mono.Cecil
#:property PublishAot=false

// Copies the documentation of an assembly without what its users cannot see: the compiler writes the comments of internals as well.
// usage: public-documentation ASSEMBLY DOCUMENTATION COPY
using System.Xml.Linq;
using Mono.Cecil;
using Mono.Cecil.Rocks;

if (args is not [var assembly, var documentation, var copy])
{
    Console.Error.WriteLine("usage: public-documentation ASSEMBLY DOCUMENTATION COPY");
    return 2;
}

using ModuleDefinition module = ModuleDefinition.ReadModule(assembly);
HashSet<string> visible = [.. module.Types.SelectMany(Visible).Select(DocCommentId.GetDocCommentId)];
XDocument text = XDocument.Load(documentation, LoadOptions.PreserveWhitespace);
XElement[] members = [.. text.Descendants("member")];
foreach (XElement member in members.Where(member => !visible.Contains((string)member.Attribute("name")!))) member.Remove();
Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(copy))!);
text.Save(copy, SaveOptions.DisableFormatting);
return 0;

static IEnumerable<IMemberDefinition> Visible(TypeDefinition type) =>
    !(type.IsPublic || type.IsNestedPublic || type.IsNestedFamily || type.IsNestedFamilyOrAssembly) ? [] :
    [
        type,
        .. type.Fields.Where(static field => field.IsPublic || field.IsFamily || field.IsFamilyOrAssembly),
        .. type.Methods.Where(IsVisible),
        .. type.Properties.Where(static property => IsVisible(property.GetMethod) || IsVisible(property.SetMethod)),
        .. type.Events.Where(static one => IsVisible(one.AddMethod)),
        .. type.NestedTypes.SelectMany(Visible),
    ];

static bool IsVisible(MethodDefinition? method) => method is not null && (method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly);
