"""The words of the cast page in Chinese; see `flows.casting.report`."""

PAGE = {
    "lang": "zh",
    "title": "角色表",
    "timeline": "谁在何时说话",
    "map": "谁和谁说话",
    "cast": "角色与声音",
    "review": "请核对的台词",
    "name": "姓名",
    "lines": "句数",
    "gender": "性别",
    "voice": "声音",
    "also": "又名",
    "none": "没有可疑的台词。",
    "chapter": "第 {} 章",
    "sure": "把握",
    "because": "依据",
    "summary": "{n} 个角色，{lines} 句台词；{told}。{doubt} 处存疑。",
    "first": "叙述者：{name}",
    "third": "第三人称叙述",
    "unknown": "无名",
}
